import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadVariants } from '../sources/catalogue.ts';
import { readCpuExtension } from './cpu-extension.ts';
import { cmakeAbsences, cmakeEquivalences } from './equivalences.ts';
import { fixtureCmake } from './upstream-fixture.ts';
import type { FixtureShape } from './upstream-fixture.ts';

const variants = loadVariants(join(import.meta.dirname, '../../../..'));

const flagsWith = (...switches: FixtureShape['switches']): string[] =>
  readCpuExtension(fixtureCmake({ switches }), 'a file').isaFlags;

const pairs = (flags: readonly string[]): string[] =>
  cmakeEquivalences(flags, variants).map(({ variant, to }) => `${variant} = ${to}`);

const absent = (flags: readonly string[]): string[] =>
  cmakeAbsences(flags, variants).map(
    ({ variant, features }) => `${variant}: ${features.join(' ')}`,
  );

describe('what a release cannot express', () => {
  it('makes vnni avx512 and amx bf16 where only BF16 can be switched (0.8.5 to 0.9.1)', () => {
    expect(pairs(flagsWith('bf16'))).toEqual(['avx512vnni = avx512', 'amxbf16 = avx512bf16']);
    expect(absent(flagsWith('bf16'))).toEqual([
      'avx512vnni: avx512_vnni',
      'avx512bf16: avx512_vnni',
      'amxbf16: avx512_vnni amx_tile amx_bf16',
    ]);
  });

  it('makes amx bf16 where VNNI can be switched too (0.9.2 to 0.11.0)', () => {
    expect(pairs(flagsWith('bf16', 'vnni'))).toEqual(['amxbf16 = avx512bf16']);
    expect(absent(flagsWith('bf16', 'vnni'))).toEqual(['amxbf16: amx_tile amx_bf16']);
  });

  it('tells all five apart where AMX can be switched (0.11.1 on)', () => {
    expect(pairs(flagsWith('bf16', 'vnni', 'amx'))).toEqual([]);
    expect(absent(flagsWith('bf16', 'vnni', 'amx'))).toEqual([]);
  });

  it('names the lowest of several that are one build, whatever order the variants come in', () => {
    const flags = ['-mf16c', '-mavx2'];
    const reversed = cmakeEquivalences(flags, [...variants].reverse());
    expect(reversed.map(({ to }) => to)).toEqual(Array(4).fill('noavx512'));
    expect(reversed).toEqual(cmakeEquivalences(flags, variants));
  });
});
