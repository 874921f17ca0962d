import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { attemptsFile, standingAttempt } from '@vllm-cpu/sources/attempts';
import { putBuiltWheel } from '@vllm-cpu/testing/built-wheels';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { ensure } from './ensure.ts';

const RELEASE = '0.12.0';

describe('ensure', () => {
  const folder = temporaryFolders();
  let root: string;
  let asked: string[];
  let standing: number[];
  beforeEach(() => {
    root = folder();
    asked = [];
    standing = [];
  });

  /** Builds as told: per variant, whether each attempt's wheel passes; `undefined` is no wheel at all. */
  const run = (
    outcomes: Record<string, (boolean | undefined)[]>,
    rebuilds = 2,
    sums: readonly string[] = [],
  ) =>
    ensure({
      root,
      releaseName: RELEASE,
      variants: Object.keys(outcomes).filter((name) => !sums.includes(name)),
      sums,
      rebuilds,
      report: () => undefined,
      verify: async (variants, attempt) => {
        asked.push(`${attempt ?? 'as recorded'}: ${variants.join(' ')}`);
        for (const variant of variants) {
          standing.push(standingAttempt(root, variant, RELEASE));
          const ok = outcomes[variant]?.[(attempt ?? 1) - 1];
          if (ok === undefined) {
            rmSync(join(root, 'dist', `variant-${variant}`), { recursive: true, force: true });
          } else {
            const content = `${variant} ${attempt ?? 1}`;
            putBuiltWheel({ root, variant, release: RELEASE, content, ok });
          }
        }
      },
    });
  const record = () => JSON.parse(readFileSync(join(root, attemptsFile(RELEASE)), 'utf8'));

  it('verifies once where every wheel passes', async () => {
    const { variants } = await run({ noavx512: [true], avx512: [true] });
    expect(asked).toEqual(['1: noavx512 avx512']);
    expect(Object.values(variants).map((each) => each.standing)).toEqual([1, 1]);
  });

  it('verifies a wheel of several levels once, after its levels, with the attempts that passed', async () => {
    const found = await run({ noavx512: [false, true], universal: [true] }, 2, ['universal']);
    expect(asked).toEqual(['1: noavx512', '2: noavx512', 'as recorded: universal']);
    expect(found.variants['universal']).toMatchObject({ standing: 1 });
    expect(record()).toEqual(found);
  });

  it('builds again only what failed; the attempt that passes stands from then on', async () => {
    const found = await run({ noavx512: [true], avx512: [false, true] });
    expect(asked).toEqual(['1: noavx512 avx512', '2: avx512']);
    expect(found.variants['avx512']).toMatchObject({
      standing: 2,
      attempts: [
        { attempt: 1, ok: false, findings: ['instruction-sets: vllm/_C.abi3.so: zmm0 in silu'] },
        { attempt: 2, ok: true, findings: [] },
      ],
    });
    expect(record()).toEqual(found);
    expect(standingAttempt(root, 'avx512', RELEASE)).toBe(2);
    expect(standingAttempt(root, 'noavx512', RELEASE)).toBe(1);
  });

  it('keeps the wheel and the report of every attempt', async () => {
    const { variants } = await run({ avx512: [false, true] });
    const kept = variants['avx512']?.attempts.map(({ kept: place, wheel }) => {
      const wheelFile = join(root, place, 'build', wheel ?? '');
      expect(existsSync(join(root, place, 'verify/report.json'))).toBe(true);
      return readFileSync(wheelFile, 'utf8');
    });
    expect(kept).toEqual(['avx512 1', 'avx512 2']);
  });

  it('gives up after the asked number of rebuilds, and no attempt stands', async () => {
    const { variants } = await run({ avx512: [false, false, false, true] }, 2);
    expect(asked).toHaveLength(3);
    expect(variants['avx512']?.standing).toBeNull();
    expect(variants['avx512']?.attempts).toHaveLength(3);
  });

  it('builds nothing again with no rebuilds, and records the failure', async () => {
    const { variants } = await run({ avx512: [false, true] }, 0);
    expect(asked).toEqual(['1: avx512']);
    expect(variants['avx512']).toMatchObject({ standing: null, attempts: [{ ok: false }] });
    expect(record().variants.avx512.standing).toBeNull();
  });

  it('counts a build that left no wheel as a failed attempt', async () => {
    const { variants } = await run({ avx512: [undefined, true] });
    expect(variants['avx512']).toMatchObject({
      standing: 2,
      attempts: [{ ok: false, wheel: null, findings: [expect.stringContaining('no wheel')] }, {}],
    });
  });

  it('starts with the first attempt again, whatever an earlier run recorded', async () => {
    await run({ avx512: [false, true] });
    expect(standingAttempt(root, 'avx512', RELEASE)).toBe(2);
    standing = [];
    await run({ avx512: [true] });
    expect(standing).toEqual([1]);
    expect(record().variants.avx512.standing).toBe(1);
  });
});
