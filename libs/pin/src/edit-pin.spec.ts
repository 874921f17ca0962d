import { mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { loadVariants } from '@vllm-cpu/sources/catalogue';
import type { Release } from '@vllm-cpu/sources/release';
import { activate } from './edit-pin.ts';
import { pinPath, readPin, writePin } from './pin-file.ts';
import { recordAbsence, removeAbsence } from './record-absence.ts';
import { recordEquivalence, removeEquivalence } from './record-equivalence.ts';

const variants = loadVariants(join(import.meta.dirname, '../../..'));
const scratch = mkdtempSync(join(tmpdir(), 'edit-pin-'));
const platform = 'linux-x86_64' as const;
let releasesDir = '';

const pin: Release = {
  version: '0.12.0',
  active: false,
  source: {
    ...{ kind: 'git', repository: 'https://example.org/vllm.git', tag: 'v0.12.0' },
    ...{ commit: 'a'.repeat(40), commitTime: 1, requiresPython: '>=3.10' },
    torch: { 'linux-x86_64': '2.9.1', 'linux-aarch64': '2.9.1' },
    ...{ oneDnn: null, isaInputs: [], gxxMinimum: null },
    // No AMX, as in 0.9.2 to 0.11.0.
    isaFlags: ['-mavx2', '-mavx512f', '-mavx512vnni', '-mavx512bf16'],
    ...{ buildRequirements: 'requirements/cpu-build.txt', pyLimitedApi: 'cp38' },
  },
  equivalences: [{ variant: 'amxbf16', to: 'avx512bf16', platform, evidence: 'cmake' }],
  absent: [],
};

beforeEach(async () => {
  releasesDir = mkdtempSync(join(scratch, 'releases-'));
  await writePin(releasesDir, '0.12.0', pin);
});

afterAll(() => rm(scratch, { recursive: true, force: true }));

const at = (variant: string) => ({
  ...{ releasesDir, release: '0.12.0', variants, variant, platform },
  edits: [],
});
const record = (variant: string, to: string) => recordEquivalence({ ...at(variant), to });
const stored = async (): Promise<string[]> =>
  ((await readPin(releasesDir, '0.12.0'))?.equivalences ?? []).map(
    ({ variant, to, evidence }) => `${variant} = ${to} (${evidence})`,
  );

describe('recordEquivalence', () => {
  it('records a lower variant, once', async () => {
    expect((await record('avx512vnni', 'avx512')).changed).toBe(true);
    expect((await record('avx512vnni', 'avx512')).changed).toBe(false);
    expect(await stored()).toEqual([
      'amxbf16 = avx512bf16 (cmake)',
      'avx512vnni = avx512 (machine-code)',
    ]);
  });

  it('goes to the root: equivalent to an equivalent one is equivalent to the lowest', async () => {
    await record('avx512vnni', 'avx512');
    await record('avx512bf16', 'avx512vnni');
    expect(await stored()).toEqual([
      'amxbf16 = avx512 (cmake)',
      'avx512vnni = avx512 (machine-code)',
      'avx512bf16 = avx512 (machine-code)',
    ]);
    await removeEquivalence(at('avx512bf16'));
    expect(await stored()).toContain('amxbf16 = avx512bf16 (cmake)');
  });

  it('lets what was equivalent to a variant follow it to a lower one', async () => {
    await record('avx512bf16', 'avx512vnni');
    await record('avx512vnni', 'noavx512');
    expect(await stored()).toEqual([
      'amxbf16 = noavx512 (cmake)',
      'avx512bf16 = noavx512 (machine-code)',
      'avx512vnni = noavx512 (machine-code)',
    ]);
  });

  it.each([
    ['avx512', 'avx512vnni', 'EQUIVALENCE_NOT_LOWER'],
    ['avx512', 'avx512', 'EQUIVALENCE_NOT_LOWER'],
    ['avx1024', 'avx512', 'VARIANT_UNKNOWN'],
    ['avx512', 'sse', 'VARIANT_UNKNOWN'],
    ['amxbf16', 'avx512', 'EQUIVALENCE_OF_CMAKE'],
  ])('refuses %s to %s with %s and changes nothing', async (variant, to, code) => {
    const before = readFileSync(pinPath(releasesDir, '0.12.0'), 'utf8');
    await expect(record(variant, to)).rejects.toMatchObject({ code });
    expect(readFileSync(pinPath(releasesDir, '0.12.0'), 'utf8')).toBe(before);
  });

  it('refuses a platform that the variant is not built for, and a release without a pin', async () => {
    const request = { ...at('avx512'), to: 'noavx512' };
    await expect(
      recordEquivalence({ ...request, platform: 'linux-aarch64' }),
    ).rejects.toMatchObject({ code: 'VARIANT_NOT_ON_PLATFORM' });
    for (const release of ['0.13.0', '../0.12.0']) {
      await expect(recordEquivalence({ ...request, release })).rejects.toMatchObject({
        code: 'RELEASE_UNKNOWN',
      });
    }
  });
});

describe('removeEquivalence', () => {
  it('takes back what machine code showed, and never what cmake cannot tell apart', async () => {
    await record('avx512vnni', 'avx512');
    await removeEquivalence(at('avx512vnni'));
    expect(await stored()).toEqual(['amxbf16 = avx512bf16 (cmake)']);
    await expect(removeEquivalence(at('amxbf16'))).rejects.toMatchObject({
      code: 'EQUIVALENCE_OF_CMAKE',
    });
    await expect(removeEquivalence(at('avx512'))).rejects.toMatchObject({
      code: 'EQUIVALENCE_UNKNOWN',
    });
  });
});

describe('recordAbsence', () => {
  const reason = 'its kernels are compiled with BF16 only';

  it('records features that the variant proves, each once, and takes them back', async () => {
    await recordAbsence({ ...at('avx512vnni'), features: ['avx512_vnni'], reason });
    const again = await recordAbsence({
      ...at('avx512vnni'),
      ...{ features: ['avx512_vnni', 'avx512dq'], reason },
    });
    const where = { variant: 'avx512vnni', platform, reason };
    expect(again.pin.absent).toEqual([
      { ...where, features: ['avx512_vnni'] },
      { ...where, features: ['avx512dq'] },
    ]);
    const { pin: left } = await removeAbsence({ ...at('avx512vnni'), features: ['avx512_vnni'] });
    expect(left.absent).toEqual([{ ...where, features: ['avx512dq'] }]);
  });

  it.each([[['amx_tile']], [['avx512_vni']], [[]]])('refuses %j', async (features) => {
    await expect(recordAbsence({ ...at('avx512vnni'), features, reason })).rejects.toMatchObject({
      code: 'FEATURE_NOT_PROVEN',
    });
  });

  it('takes nothing back that is not recorded, nor what is named with it', async () => {
    const vnni = { ...at('avx512vnni'), features: ['avx512_vnni'] };
    await expect(removeAbsence(vnni)).rejects.toMatchObject({ code: 'ABSENCE_UNKNOWN' });
    const { pin: recorded } = await recordAbsence({ ...vnni, reason });
    for (const other of [
      at('avx512'),
      { ...at('avx512vnni'), platform: 'linux-aarch64' as const },
    ]) {
      await expect(removeAbsence({ ...vnni, ...other })).rejects.toMatchObject({
        code: 'ABSENCE_UNKNOWN',
      });
    }
    await expect(
      removeAbsence({ ...vnni, features: ['avx512_vnni', 'avx512_vni'] }),
    ).rejects.toMatchObject({ what: expect.stringContaining('absence of avx512_vni ') });
    expect((await readPin(releasesDir, '0.12.0'))?.absent).toEqual(recorded.absent);
  });

  it('asks for a reason', async () => {
    await expect(
      recordAbsence({ ...at('avx512vnni'), features: ['avx512_vnni'], reason: 'no' }),
    ).rejects.toMatchObject({ code: 'INVALID_CONTENT' });
  });
});

describe('activate', () => {
  it('switches a release on and off, and refuses the embedded one', async () => {
    const request = { releasesDir, release: '0.12.0' };
    expect((await activate({ ...request, active: true })).pin.active).toBe(true);
    expect((await activate({ ...request, active: false })).pin.active).toBe(false);
    const embedded = { ...pin.source, kind: 'embedded' as const, repository: null, commit: null };
    await writePin(releasesDir, 'sample', { ...pin, source: embedded });
    await expect(activate({ releasesDir, release: 'sample', active: true })).rejects.toMatchObject({
      code: 'RELEASE_EMBEDDED',
    });
  });
});
