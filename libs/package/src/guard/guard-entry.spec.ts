import { describe, expect, it } from '@jest/globals';
import { withGuardCall } from './guard-entry.ts';

const CALL = 'from . import _cpu_guard\n\n_cpu_guard.require_cpu()\n';

describe("the guard's call in __init__.py", () => {
  it.each([
    ['an empty file', '', CALL],
    ['code at once', 'x = 1\n', `${CALL}\nx = 1\n`],
    ['comments', '# SPDX\n# (c)\n\nx = 1\n', `# SPDX\n# (c)\n\n${CALL}\nx = 1\n`],
    ['a docstring', '"""Doc."""\nx = 1\n', `"""Doc."""\n\n${CALL}\nx = 1\n`],
    [
      'a docstring over lines, with a quote and a from in it',
      "# c\nr'''A \\'''\nfrom __future__ import b\n'''  # end\n\nx = 1\n",
      `# c\nr'''A \\'''\nfrom __future__ import b\n'''  # end\n\n${CALL}\nx = 1\n`,
    ],
    ['adjacent strings', "'a' \\\n  'b'\nx = 1\n", `'a' \\\n  'b'\n\n${CALL}\nx = 1\n`],
    [
      'future imports of every form',
      '"D"\nfrom __future__ import a\n# c\nfrom __future__ import (  # )\n  b,\n  c)\nfrom __future__ import d, \\\n  e\nimport os\n',
      `"D"\nfrom __future__ import a\n# c\nfrom __future__ import (  # )\n  b,\n  c)\nfrom __future__ import d, \\\n  e\n\n${CALL}\nimport os\n`,
    ],
    ['a string that is a part of a statement', '"a".upper()\n', `${CALL}\n"a".upper()\n`],
    ['no line break at the end', '"""Doc."""', `"""Doc."""\n\n${CALL}`],
    ['a byte order mark', '\ufeffx = 1\n', `\ufeff${CALL}\nx = 1\n`],
  ])('comes first after %s', (_, source, expected) => {
    expect(withGuardCall(source)).toBe(expected);
  });

  it.each(['"""Doc."""; import os\n', 'from __future__ import a; import os\n'])(
    'is refused where another statement shares the line: %j',
    (source) => {
      expect(() => withGuardCall(source)).toThrow(
        expect.objectContaining({ code: 'FIRST_STATEMENT_PLACE' }),
      );
    },
  );
});
