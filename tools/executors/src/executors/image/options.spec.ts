import { describe, expect, it } from '@jest/globals';
import { imageOptions } from './options.ts';

const subject = { variant: 'avx512', release: '0.12.0' };

describe('the options of an image', () => {
  it.each([
    [3.13, '3.13'],
    [3.1, '3.10'],
    [3.9, '3.9'],
    ['3.12', '3.12'],
  ])('take %p, as Nx gives it, for Python %s', (given, python) => {
    expect(imageOptions.parse({ ...subject, python: given })).toMatchObject({ python });
  });

  it.each([3, 2.7, 'python3', ''])('refuse %p for a Python', (python) => {
    expect(() => imageOptions.parse({ ...subject, python })).toThrow(/must be 3\.N/);
  });

  it('refuse what counts for a published wheel only, where none is asked for', () => {
    expect(() => imageOptions.parse({ ...subject, suffix: 'highest' })).toThrow(/only with --from/);
    expect(() => imageOptions.parse({ ...subject, allowInsecure: true })).toThrow(
      /only with --from/,
    );
    const published = { ...subject, from: 'pypi', suffix: 'highest' };
    expect(imageOptions.parse(published)).toMatchObject(published);
  });
});
