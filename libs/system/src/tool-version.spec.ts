import { describe, expect, it } from '@jest/globals';
import { compareNumbers, isAtLeast } from './tool-version.ts';

describe('the version of a tool', () => {
  it.each([
    ['12.3.0', '12.3', true],
    ['12.2.0', '12.3', false],
    ['9.4.0', '12.3', false],
    ['14', '12.3', true],
    ['twine version 6.10.0 (keyring: 25.6.0)', '6.9', true],
    ['3.31.6-dirty', '3.31.6', true],
    ['patchelf 0.14.3.20230701', '0.14', true],
  ])('%s against %s: %s', (version, needed, answer) => {
    expect(isAtLeast(version, needed)).toBe(answer);
  });

  it('is not new enough where nothing in it is a number', () => {
    expect(isAtLeast('', '1.0')).toBe(false);
    expect(isAtLeast('unknown', '0')).toBe(false);
  });

  it('is ordered by number, not by letter', () => {
    expect(['2.10', '2.9', '2.2.5', '2.17'].sort(compareNumbers)).toEqual([
      ...['2.2.5', '2.9', '2.10', '2.17'],
    ]);
    expect(compareNumbers('3.8', '3.8.0')).toBe(0);
  });
});
