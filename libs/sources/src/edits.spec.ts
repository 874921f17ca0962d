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

  it('apply to the candidates of these releases too, and to no other candidate', () => {
    const from = { ...EDIT, releases: ['>=0.18,<0.32', '==0.16.0'] };
    const applied = (version: string) => editsFor([from], of(version), 'linux-x86_64', []).length;
    expect(['0.16.0rc1', '0.18.0rc2', '0.31.1.dev3'].map(applied)).toEqual([1, 1, 1]);
    expect(['0.17.0rc1', '0.32.0rc1', '0.16.0.post1'].map(applied)).toEqual([0, 0, 0]);
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
      writeFileSync(join(root, `packages/upstream/edits/${EDIT.id}.json`), JSON.stringify(edit));
    put(EDIT);
    expect(loadEdits(root)).toEqual([EDIT]);
    put({ ...EDIT, replaces: '' });
    expect(() => loadEdits(root)).toThrow(/replaces/);
    put({ ...EDIT, why: 'because' });
    expect(() => loadEdits(root)).toThrow(/why/);
  });

  it.each<[fault: string, edit: object, why: RegExp]>([
    ['a range without a comma', { releases: '>=0.18 <0.19' }, /releases: ">=0.18 <0.19" is not a/],
    [
      'a range that is one of npm',
      { releases: ['==0.16.0', '^0.18'] },
      /releases.1: "\^0.18" is not a/,
    ],
    ['an empty range', { releases: '' }, /releases: "" is not a/],
    ['a CPU feature that does not exist', { whenLacking: ['avx512_bf61'] }, /whenLacking.0/],
    ['another that does not exist', { whenHaving: ['amx_tiles'] }, /whenHaving.0/],
    ['the name of another file', { id: 'b' }, /id: is not the name of the file/],
  ])('are refused with %s', (_fault, change, why) => {
    const root = folder();
    mkdirSync(join(root, 'packages/upstream/edits'), { recursive: true });
    const file = join(root, `packages/upstream/edits/${EDIT.id}.json`);
    writeFileSync(file, JSON.stringify({ ...EDIT, ...change }));
    expect(() => loadEdits(root)).toThrow(
      expect.objectContaining({ code: 'INVALID_CONTENT', why: expect.stringMatching(why) }),
    );
  });

  it('are none in a repository without any', () => {
    expect(loadEdits(folder())).toEqual([]);
  });
});
