import { describe, expect, it } from '@jest/globals';
import { AARCH64_BASELINE, X86_64_BASELINE } from '@vllm-cpu/variant/features';
import { flagsDiffer, judgeFlags, reportedFlags } from './configured-flags.ts';

const AVX512 = ['avx512f', 'avx512bw', 'avx512dq', 'avx512vl'];
const AVX512_FLAGS = ['-mavx512f', '-mavx512vl', '-mavx512bw', '-mavx512dq'];
const avx512 = {
  platform: 'linux-x86_64' as const,
  requires: [...X86_64_BASELINE, ...AVX512],
  proves: AVX512,
  isaFlags: ['-mf16c', ...AVX512_FLAGS, '-mavx512bf16', '-mavx512vnni', '-mavx2'],
};

describe('the flags that cmake reports', () => {
  it('are read from its one line, which separates them by semicolons', () => {
    const line = '-- CPU extension compile flags: -mf16c;-fopenmp;-DVLLM_CPU_EXTENSION;-mavx2';
    expect(reportedFlags(line)).toEqual(['-mf16c', '-fopenmp', '-DVLLM_CPU_EXTENSION', '-mavx2']);
  });

  it('are not read from any other line', () => {
    expect(reportedFlags('-- CPU extension source files: csrc/cpu/utils.cpp')).toBeUndefined();
  });
});

describe('the judgement of the flags', () => {
  it('accepts exactly what the variant states', () => {
    expect(judgeFlags(['-mf16c', '-fopenmp', ...AVX512_FLAGS], avx512)).toEqual([]);
  });

  it('names a feature of the host that leaked in', () => {
    expect(judgeFlags([...AVX512_FLAGS, '-mavx512bf16'], avx512)).toEqual([
      'avx512_bf16 is compiled in but not required',
    ]);
  });

  it('names a promised feature that was dropped', () => {
    expect(judgeFlags(AVX512_FLAGS.slice(1), avx512)).toEqual([
      'avx512f is promised but -mavx512f is missing',
    ]);
  });

  it('does not ask for a flag that the release has not', () => {
    const vnni = {
      ...avx512,
      requires: [...avx512.requires, 'avx512_vnni'],
      proves: [...AVX512, 'avx512_vnni'],
    };
    const flags = [...AVX512_FLAGS];
    expect(judgeFlags(flags, { ...vnni, isaFlags: AVX512_FLAGS })).toEqual([]);
    expect(judgeFlags(flags, vnni)).toEqual([
      'avx512_vnni is promised but -mavx512vnni is missing',
    ]);
  });

  it('refuses a feature that no variant may name', () => {
    expect(judgeFlags([...AVX512_FLAGS, '-mavx10.2'], avx512)).toEqual([
      'avx10_2 is compiled in but not required',
    ]);
  });

  it.each(['-march=native', '-march=sapphirerapids', '-mknown-to-nobody'])('refuses %s', (flag) => {
    expect(judgeFlags([...AVX512_FLAGS, flag], avx512)).toEqual([
      `${flag} is not known to this program`,
    ]);
  });

  it('has nothing against -mtune, which chooses no instructions', () => {
    expect(judgeFlags([...AVX512_FLAGS, '-mtune=generic'], avx512)).toEqual([]);
  });

  it('is told to the user with what was reported', () => {
    expect(flagsDiffer(['x is missing'], ['-a', '-b'])).toMatchObject({
      code: 'FLAGS_DIFFER',
      what: expect.stringContaining('x is missing'),
      why: 'It reported: -a -b',
    });
  });
});

describe('the judgement of aarch64 flags', () => {
  const arm = {
    platform: 'linux-aarch64' as const,
    requires: AARCH64_BASELINE,
    proves: ['asimddp'],
    isaFlags: [],
  };

  it('accepts the baseline', () => {
    expect(judgeFlags(['-march=armv8.2-a+dotprod+fp16'], arm)).toEqual([]);
  });

  it('names bf16 of the host, unless the variant requires it', () => {
    const flags = ['-march=armv8.2-a+bf16+dotprod+fp16'];
    expect(judgeFlags(flags, arm)).toEqual(['bf16 is compiled in but not required']);
    expect(judgeFlags(flags, { ...arm, requires: [...AARCH64_BASELINE, 'bf16'] })).toEqual([]);
  });

  it('names a missing dotprod and an unknown extension', () => {
    expect(judgeFlags(['-march=armv8.2-a+sme'], arm)).toEqual([
      '-march=armv8.2-a+sme (sme) is not known to this program',
      'asimddp is missing',
    ]);
  });
});
