import { describe, expect, it } from '@jest/globals';
import { refuseUnusablePath } from './workspace-path.ts';

describe('the path of the workspace', () => {
  it.each(['/a b/w', "/it's/w", '/ä/w'])('may be %s', (path) => {
    expect(() => refuseUnusablePath(path)).not.toThrow();
  });

  it.each(['/a "b"/w', '/a"b/w', '/a b$c/w', '/a$b/w', '/a\nb/w', '/a`b/w'])(
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
});
