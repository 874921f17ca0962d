import { describe, expect, it } from '@jest/globals';
import { pathWarning, refuseUnusablePath } from './workspace-path.ts';

describe('the path of the workspace', () => {
  it.each(['/a b/w', "/it's/w", '/a$b/w', '/ä/w'])('may be %s', (path) => {
    expect(() => refuseUnusablePath(path)).not.toThrow();
  });

  it.each(['/a "b"/w', '/a"b/w', '/a b$c/w', '/a\nb/w', '/a`b/w'])(
    'is refused as %j, with a way out',
    (path) => {
      expect(() => refuseUnusablePath(path)).toThrow(
        expect.objectContaining({
          code: 'WORKSPACE_PATH',
          next: expect.stringContaining('VLLM_CPU_WORKSPACE'),
        }),
      );
    },
  );

  it('with a dollar sign costs the compiler cache, which is said', () => {
    expect(pathWarning('/a$b/w')).toContain('compiler cache is not used');
    expect(pathWarning('/a b/w')).toBeUndefined();
  });
});
