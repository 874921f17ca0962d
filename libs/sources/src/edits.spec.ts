import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { editsFor, loadEdits } from './edits.ts';
import type { ReleaseEdit } from './edits.ts';

const EDIT: ReleaseEdit = {
  id: 'mla-decode-without-bf16',
  releases: '==0.16.0',
  platforms: ['linux-x86_64'],
  whenLacking: ['avx512_bf16'],
  whenHaving: [],
  removesFlags: [],
  givesFlags: [],
  file: 'csrc/cpu/mla_decode.cpp',
  find: '#ifdef __AVX512BF16__',
  replace: '#if 1',
  why: 'it does not compile without BF16',
  link: 'https://example.org/issue',
};

describe('the edits of upstream’s source', () => {
  const folder = temporaryFolders();
  const of = (version: string) => ({ version });

  it('apply to the releases that they name, and no other', () => {
    expect(editsFor([EDIT], of('0.16.0'), 'linux-x86_64', ['avx2'])).toEqual([EDIT]);
    expect(editsFor([EDIT], of('0.15.1'), 'linux-x86_64', ['avx2'])).toEqual([]);
  });

  it('apply only to variants that lack the feature', () => {
    expect(editsFor([EDIT], of('0.16.0'), 'linux-x86_64', ['avx2', 'avx512_bf16'])).toEqual([]);
    const always = { ...EDIT, whenLacking: [] };
    expect(editsFor([always], of('0.16.0'), 'linux-x86_64', ['avx512_bf16'])).toEqual([always]);
  });

  it('apply only to variants that have all features', () => {
    const both = { ...EDIT, whenLacking: [], whenHaving: ['amx_tile', 'amx_bf16'] };
    expect(editsFor([both], of('0.16.0'), 'linux-x86_64', ['amx_tile', 'amx_bf16'])).toEqual([
      both,
    ]);
    expect(editsFor([both], of('0.16.0'), 'linux-x86_64', ['amx_tile'])).toEqual([]);
  });

  it('apply only to the platforms that they name', () => {
    expect(editsFor([EDIT], of('0.16.0'), 'linux-aarch64', [])).toEqual([]);
  });

  it('are refused with an unknown field or without a reason', () => {
    const root = folder();
    mkdirSync(join(root, 'packages/upstream/edits'), { recursive: true });
    const put = (edit: object) =>
      writeFileSync(join(root, 'packages/upstream/edits/a.json'), JSON.stringify(edit));
    put(EDIT);
    expect(loadEdits(root)).toEqual([EDIT]);
    put({ ...EDIT, replaces: '' });
    expect(() => loadEdits(root)).toThrow(/replaces/);
    put({ ...EDIT, why: 'because' });
    expect(() => loadEdits(root)).toThrow(/why/);
  });

  it('are none in a repository without any', () => {
    expect(loadEdits(folder())).toEqual([]);
  });
});
