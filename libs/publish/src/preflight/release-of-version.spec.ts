import { describe, expect, it } from '@jest/globals';
import { fixtureRelease } from '@vllm-cpu/testing/package-fixture';
import { releaseOfVersion } from './release-of-version.ts';

const releases = ['0.12.0', '0.8.5', '0.8.5.post1'].map((version) => ({
  name: version,
  release: fixtureRelease({ version }),
}));

describe('the pin of a version', () => {
  it.each([
    ['0.8.5', '0.8.5'],
    ['0.8.5.post1', '0.8.5.post1'],
    ['0.8.5.post1.dev2', '0.8.5.post1'],
    ['0.8.5.post2', '0.8.5'],
    ['0.12.0rc1', '0.12.0'],
    ['0.13.0', undefined],
  ])('of %s is %s', (version, name) => {
    expect(releaseOfVersion(version, releases)?.name).toBe(name);
    expect(releaseOfVersion(version, [...releases].reverse())?.name).toBe(name);
  });
});
