import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { aRelease, aSubject, aVariant } from '@vllm-cpu/testing/compile-fixture';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { X86_64_BASELINE } from '@vllm-cpu/variant/features';
import { expectedFlags, levelSource } from './level-source.ts';

const EDIT = {
  ...{ releases: '>=0.18', platforms: ['linux-x86_64'], file: 'setup.py', find: 'something' },
  ...{ why: 'a reason that is long enough', link: 'https://example.org/1' },
};
const kernel = (name: string, flags: string[]) => ({
  ...{ name, flags, definitions: [], pyLimitedApi: 'cp38', kernels: true },
});
const SOURCE = {
  modules: {
    'linux-x86_64': [
      kernel('_C', ['-mf16c', '-mavx512f', '-mamx-tile', '-mavx512bf16']),
      kernel('_C_AVX2', ['-mf16c', '-mavx2']),
    ],
    'linux-aarch64': [kernel('_C', [])],
  },
};

describe('the source of one level', () => {
  const folder = temporaryFolders();
  let root: string;
  beforeEach(() => {
    root = folder();
    mkdirSync(join(root, 'packages/upstream/edits'), { recursive: true });
  });
  const edit = (id: string, more: object) =>
    writeFileSync(
      join(root, `packages/upstream/edits/${id}.json`),
      JSON.stringify({ id, ...EDIT, ...more }),
    );
  const subject = (features: readonly string[] = []) => {
    const requires = [...X86_64_BASELINE, ...features] as 'avx2'[];
    const level = { requires, proves: ['avx2' as const] };
    return aSubject(
      { ...aRelease(SOURCE), version: '0.33.0' },
      aVariant({ name: 'level', platforms: { 'linux-x86_64': level } }),
    );
  };

  it('names the level’s module where an edit leaves it open', () => {
    edit('one-module', { replace: 'append("vllm.@MODULE@")' });
    expect(levelSource(subject(), root).edits[0]?.replace).toBe('append("vllm._C_AVX2")');
  });

  it('gives the compiler what every CPU of the level has, and expects to see it', () => {
    edit('flags', { replace: '"-mf16c" @BASELINE_FLAGS@' });
    const source = levelSource(subject(), root);
    expect(source.edits[0]?.replace).toMatch(/^"-mf16c" .*-mfma/);
    expect(expectedFlags(source)?.all).toEqual(
      expect.arrayContaining(['-mavx2', '-mf16c', '-mfma', '-mbmi2', '-mlzcnt']),
    );
    expect(expectedFlags(source)?.all).not.toContain('-mavx512f');
  });

  it('is upstream’s own flags alone where no edit asks for more', () => {
    expect(expectedFlags(levelSource(subject(), root))).toEqual({
      ...{ module: '_C_AVX2', all: ['-mavx2', '-mf16c'], some: [], definitions: [] },
    });
  });

  it('is a higher module once an edit takes out what the CPUs lack', () => {
    edit('no-tiles', { replace: '', whenLacking: ['amx_tile'], removesFlags: ['-mamx-tile'] });
    const source = levelSource(subject(['avx512f', 'avx512_bf16']), root);
    expect(source.module?.name).toBe('_C');
    expect(expectedFlags(source)?.all).toEqual(['-mavx512bf16', '-mavx512f', '-mf16c']);
  });

  it('has flags for single sources where an edit gives back what the module loses', () => {
    const features = ['avx512f', 'avx512_bf16', 'amx_tile'];
    edit('no-tiles', { replace: '', removesFlags: ['-mamx-tile'] });
    edit('tiles', { replace: '', whenHaving: ['amx_tile'], givesFlags: ['-mamx-tile'] });
    const all = ['-mamx-tile', '-mavx512bf16', '-mavx512f', '-mf16c'];
    expect(expectedFlags(levelSource(subject(features), root))).toMatchObject({
      ...{ module: '_C', all, some: ['-mamx-tile'] },
    });
    expect(expectedFlags(levelSource(subject(features.slice(0, 2)), root))).toMatchObject({
      ...{ module: '_C', all: all.slice(1), some: [] },
    });
  });

  it('has no module of its own in a release with just one', () => {
    const source = levelSource(aSubject(), root);
    expect(source.module).toBeUndefined();
    expect(expectedFlags(source)).toBeUndefined();
  });
});
