import { beforeEach, describe, expect, it } from '@jest/globals';
import { aPlan } from '@vllm-cpu/testing/compile-fixture';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { flagWatch } from './flag-watch.ts';
import type { FlagWatch } from './flag-watch.ts';

const BASE = ['-mf16c', '-mfma'];
const AVX512 = [...BASE, '-mavx512bw', '-mavx512dq', '-mavx512f', '-mavx512vl'];
const report = (title: string, flags: readonly string[]) =>
  `-- CPU extension (${title}) compile flags: -fopenmp;-DVLLM_CPU_EXTENSION;${flags.join(';')}`;
const THREE = [
  report('AVX512F + BF16 + VNNI + AMX', [...AVX512, '-mavx512bf16', '-mamx-tile']),
  report('AVX512F', AVX512),
  report('AVX2', [...BASE, '-mavx2']),
];

describe('cmake’s report of several modules', () => {
  const folder = temporaryFolders();
  let watch: FlagWatch;
  const expecting = (flags: readonly string[], some: readonly string[] = []) => {
    const all = [...flags, ...some].sort();
    watch = flagWatch(aPlan(folder()), { module: '_C', all, some, definitions: [] });
  };
  const print = (...lines: string[]) => lines.map((line) => watch.line(line)).at(-1);
  beforeEach(() => expecting([...AVX512].sort()));

  it('is right where the level’s own module is among them, whatever the others are compiled with', () => {
    expect(print(...THREE, '[1/30] Building')).toBe(false);
    expect(watch.flags()).toEqual(['-fopenmp', '-DVLLM_CPU_EXTENSION', ...AVX512]);
    expect(watch.error()).toBeUndefined();
  });

  it('is judged before the first file is compiled, and not before all of it has come', () => {
    expect(print(...THREE)).toBe(false);
    expect(watch.flags()).toBeUndefined();
  });

  it('is refused where no module has just these flags, with what each lacks or has too much', () => {
    expecting([...AVX512, '-mbmi2'].sort());
    expect(print(...THREE, '[1/30] Building')).toBe(true);
    expect(watch.error()).toMatchObject({
      code: 'FLAGS_DIFFER',
      what: expect.stringContaining('lacks -mbmi2, has nothing too much'),
    });
  });

  it('is refused where the module’s flags are beyond the level', () => {
    expecting([...AVX512, '-mavx512bf16', '-mamx-tile'].sort());
    expect(print(...THREE, '[1/30] Building')).toBe(true);
    expect(watch.error()?.what).toContain('amx_tile is compiled in but not required');
  });

  it('is without the flags of single sources, which are judged with it', () => {
    expecting([...AVX512], ['-mavx512bf16']);
    expect(print(...THREE, '[1/30] Building')).toBe(true);
    expect(watch.error()?.what).toContain('avx512_bf16 is compiled in but not required');
    expecting(AVX512.slice(0, -1), AVX512.slice(-1));
    expect(print(report('AVX512F', AVX512.slice(0, -1)), '[1/30] Building')).toBe(false);
    expect(watch.flags()).toEqual(['-fopenmp', '-DVLLM_CPU_EXTENSION', ...AVX512]);
  });

  it('says nothing where cmake never reported: the build ends without knowing its flags', () => {
    expect(print('[1/30] Building')).toBe(false);
    expect(watch.flags()).toBeUndefined();
  });
});
