import { describe, expect, it } from '@jest/globals';
import { applySuffix, isVersionOf, parseVersion } from './version.ts';

describe('versions', () => {
  it.each([
    ['v0.12.0', '0.12.0', '0.12.0', undefined],
    ['0.11.0-RC1', '0.11.0rc1', '0.11.0rc1', undefined],
    ['0.8.5.post1', '0.8.5.post1', '0.8.5.post1', undefined],
    ['0.12.0+cpu', '0.12.0+cpu', '0.12.0', 'cpu'],
    ['0.1.dev3+g12ab.CPU', '0.1.dev3+g12ab.cpu', '0.1.dev3', 'g12ab.cpu'],
    ['1!2.0', '1!2.0', '1!2.0', undefined],
    ['0.12', '0.12', '0.12', undefined],
  ])('normalises %s', (text, full, publicPart, local) => {
    expect(parseVersion(text)).toMatchObject({ full, public: publicPart, local });
  });

  it.each(['', 'main', '0..1', '0.12.0 ', '0.12.0+', '0.12.x'])('refuses %j', (text) => {
    expect(() => parseVersion(text)).toThrow(expect.objectContaining({ code: 'VERSION_INVALID' }));
  });

  it.each([
    ['0.12.0', '.post1', '0.12.0.post1'],
    ['0.12.0', '.dev20', '0.12.0.dev20'],
    ['0.12.0', 'rc2', '0.12.0rc2'],
    ['0.12.0', 'a1', '0.12.0a1'],
    ['0.12.0', 'b0', '0.12.0b0'],
    ['0.8.5.post1', '.dev1', '0.8.5.post1.dev1'],
    ['0.11.0rc1', '.post2', '0.11.0rc1.post2'],
    ['0.12.0+cpu', undefined, '0.12.0'],
  ])('puts %s and %s together', (release, suffix, expected) => {
    expect(applySuffix(release, suffix)).toBe(expected);
  });

  it('do not belong to another release that begins with the same digits', () => {
    expect(isVersionOf('0.12.0', '0.12.01')).toBe(false);
    expect(isVersionOf('0.1', '0.12.0')).toBe(false);
    expect(isVersionOf('0.12.0', '0.12.0.post1')).toBe(true);
  });

  it.each(['post1', '.post', '.post01', '-1', '.post1.dev1', '+cpu', 'c1', '.POST1', '1', '.rc1'])(
    'refuses the suffix %s',
    (suffix) => {
      expect(() => applySuffix('0.12.0', suffix)).toThrow(
        expect.objectContaining({ code: 'POSTFIX_INVALID' }),
      );
    },
  );

  it.each([
    ['0.8.5.post1', '.post2'],
    ['0.11.0rc1', 'rc2'],
    ['0.8.5.post1', 'a1'],
  ])('refuses %s with %s, which PEP 440 has no version for', (release, suffix) => {
    expect(() => applySuffix(release, suffix)).toThrow(/is not a version/);
  });
});
