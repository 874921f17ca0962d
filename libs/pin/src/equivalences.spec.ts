import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadVariants } from '@vllm-cpu/sources/catalogue';
import { cmakeAbsences, cmakeEquivalences } from './equivalences.ts';
import { fixtureFlags } from '@vllm-cpu/testing/upstream-fixture';

const variants = loadVariants(join(import.meta.dirname, '../../..'));

const pairs = (flags: readonly string[]): string[] =>
  cmakeEquivalences({ version: '1.0', source: { isaFlags: [...flags] } }, variants, []).map(named);

const named = ({ variant, to }: { variant: string; to: string }) => `${variant} = ${to}`;

const absent = (flags: readonly string[]): string[] =>
  cmakeAbsences(flags, variants).map(
    ({ variant, features }) => `${variant}: ${features.join(' ')}`,
  );

describe('what a release cannot express', () => {
  it('makes vnni avx512 and amx bf16 where only BF16 can be switched (0.8.5 to 0.9.1)', () => {
    expect(pairs(fixtureFlags('bf16'))).toEqual(['avx512vnni = avx512', 'amxbf16 = avx512bf16']);
    expect(absent(fixtureFlags('bf16'))).toEqual([
      'avx512vnni: avx512_vnni',
      'avx512bf16: avx512_vnni',
      'amxbf16: avx512_vnni amx_tile amx_bf16',
    ]);
  });

  it('makes amx bf16 where VNNI can be switched too (0.9.2 to 0.11.0)', () => {
    expect(pairs(fixtureFlags('bf16', 'vnni'))).toEqual(['amxbf16 = avx512bf16']);
    expect(absent(fixtureFlags('bf16', 'vnni'))).toEqual(['amxbf16: amx_tile amx_bf16']);
  });

  it('tells all five apart where AMX can be switched (0.11.1 on)', () => {
    expect(pairs(fixtureFlags('bf16', 'vnni', 'amx'))).toEqual([]);
    expect(absent(fixtureFlags('bf16', 'vnni', 'amx'))).toEqual([]);
  });

  it('names the lowest of several that are one build, whatever order the variants come in', () => {
    const release = { version: '1.0', source: { isaFlags: ['-mf16c', '-mavx2'] } };
    const reversed = cmakeEquivalences(release, [...variants].reverse(), []);
    expect(reversed.map(({ to }) => to)).toEqual(Array(4).fill('noavx512'));
    expect(reversed).toEqual(cmakeEquivalences(release, variants, []));
  });

  describe('of several modules', () => {
    const module = (name: string, ...flags: string[]) => ({
      ...{ name, flags, definitions: [], pyLimitedApi: 'cp38', kernels: true },
    });
    const avx512 = ['-mavx512f', '-mavx512bw'];
    const x86 = [
      module('_C', ...avx512, '-mamx-tile', '-mavx512bf16', '-mavx512vnni'),
      module('_C_AVX512', ...avx512),
      module('_C_AVX2', '-mavx2'),
    ];
    const release = {
      version: '1.0',
      source: { isaFlags: [], modules: { 'linux-x86_64': x86, 'linux-aarch64': x86 } },
    };
    const edit = {
      ...{ id: 'without-amx', releases: '>=1', platforms: ['linux-x86_64' as const] },
      ...{ whenLacking: ['amx_tile'], whenHaving: [], file: 'a', find: 'b' },
      ...{ removesFlags: ['-mamx-tile'], givesFlags: [] },
      ...{ replace: '', why: 'a reason', link: 'https://example.org/' },
    };

    it('makes vnni avx512, for which there is no module of its own (0.18.0 on)', () => {
      expect(cmakeEquivalences(release, variants, [edit]).map(named)).toEqual([
        'avx512vnni = avx512',
      ]);
    });

    it('makes bf16 avx512 as well where no edit takes AMX out of the module that has BF16', () => {
      expect(cmakeEquivalences(release, variants, []).map(named)).toEqual([
        'avx512vnni = avx512',
        'avx512bf16 = avx512',
      ]);
    });

    it('refuses a release that has no module for a level', () => {
      const modules = { 'linux-x86_64': x86.slice(0, 2), 'linux-aarch64': x86 };
      const without = { version: '1.0', source: { isaFlags: [], modules } };
      expect(() => cmakeEquivalences(without, variants, [edit])).toThrow(
        expect.objectContaining({
          code: 'LEVEL_WITHOUT_MODULE',
          what: expect.stringContaining('noavx512'),
        }),
      );
    });
  });
});
