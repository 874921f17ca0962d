import { describe, expect, it } from '@jest/globals';
import { defaultIndex } from './default-index.ts';

describe('the index without --index', () => {
  it.each([
    ['0.12.0', 'pypi'],
    ['0.12.0.post1', 'pypi'],
    ['0.12.0.dev1', 'testpypi'],
    ['0.12.0a1', 'testpypi'],
    ['0.12.0b2', 'testpypi'],
    ['0.12.0rc1', 'testpypi'],
    ['0.12.0.post1.dev2', 'testpypi'],
  ])('of %s is %s', (version, index) => {
    expect(defaultIndex(version, false)).toBe(index);
  });

  it('of the sample is on this disk', () => {
    expect(defaultIndex('0.0.1', true)).toBe('file:dist/index');
  });
});
