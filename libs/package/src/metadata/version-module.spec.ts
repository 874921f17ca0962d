import { describe, expect, it } from '@jest/globals';
import { withModuleVersion } from './version-module.ts';

/** As setuptools-scm 8 and 9 write it. */
const SCM = `from __future__ import annotations
__all__ = ["__version__", "version"]
version: str
version_tuple: tuple[int | str, ...]
__version__ = version = '0.12.0'
__version_tuple__ = version_tuple = (0, 12, 0)
__commit_id__ = commit_id = 'g4fd9d6a85'
`;

describe('_version.py', () => {
  it.each([
    ['0.12.0', "'0.12.0'", '(0, 12, 0)'],
    ['0.12.0.post1', "'0.12.0.post1'", "(0, 12, 0, 'post1')"],
    ['0.8.5.post1.dev2', "'0.8.5.post1.dev2'", "(0, 8, 5, 'post1', 'dev2')"],
    ['0.12.0rc1', "'0.12.0rc1'", "(0, 12, 0, 'rc1')"],
  ])('states %s and nothing else changes', (version, text, tuple) => {
    expect(withModuleVersion(SCM, version)).toBe(
      SCM.replace("'0.12.0'", text).replace('(0, 12, 0)', tuple),
    );
  });

  it('of another form is refused', () => {
    expect(() => withModuleVersion('VERSION = "1"\n', '1')).toThrow(
      expect.objectContaining({ code: 'VERSION_MODULE_UNKNOWN' }),
    );
  });
});
