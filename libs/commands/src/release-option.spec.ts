import { describe, expect, it } from '@jest/globals';
import { releaseOption } from './release-option.ts';

describe('an option that names a release', () => {
  it.each([
    ['0.16.0', '0.16.0'],
    ['v0.16.0', '0.16.0'],
    ['V0.11.0rc1', '0.11.0rc1'],
    ['sample', 'sample'],
    ['vanilla', 'vanilla'],
  ])('%s means %s', (given, meant) => {
    expect(releaseOption('about').parse(given)).toBe(meant);
  });
});
