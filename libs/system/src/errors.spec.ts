import { copyFileSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { atBoundary, describeError, explainFault, VllmCpuError } from './errors.ts';
import { parseJson } from './parse-json.ts';
import { quoteArgv } from './process/quote.ts';
import { redact } from './process/redact.ts';

const parts = { code: 'DISK_FULL', what: 'no room', why: 'a big file', next: 'delete it' };

describe('an error for the user', () => {
  it('says its code, what happened, why, and what to do', () => {
    expect(describeError(new VllmCpuError(parts))).toBe(
      'error [DISK_FULL]: no room\n  why: a big file\n  what to do: delete it',
    );
  });

  it('has no why where the fact speaks for itself, and keeps its cause', () => {
    const cause = new Error('below');
    const error = new VllmCpuError({ code: 'X', what: 'a', next: 'b', cause });
    expect(describeError(error)).toBe('error [X]: a\n  what to do: b');
    expect(error.cause).toBe(cause);
  });

  it('is printed once at the boundary and becomes a failure', async () => {
    const printed: string[] = [];
    const fails = () => Promise.reject(new VllmCpuError(parts));
    expect(await atBoundary(fails, (text) => printed.push(text))).toBe(false);
    expect(printed).toEqual([expect.stringContaining('[DISK_FULL]')]);
    expect(
      await atBoundary(
        async () => true,
        (text) => printed.push(text),
      ),
    ).toBe(true);
    expect(printed).toHaveLength(1);
  });

  it('explains what the system refused, instead of a stack of Node', () => {
    const missing = caught(() => readFileSync('/nonexistent/file'));
    expect(describeError(missing)).toBe(
      'error [FILE_NOT_FOUND]: cannot open /nonexistent/file\n' +
        '  why: The file or folder does not exist. (ENOENT)\n' +
        '  what to do: Check the path, or create what is missing.',
    );
    const copied = caught(() => copyFileSync('/proc/version', '/proc/no'));
    expect(describeError(copied)).toMatch(
      /^error \[\w+\]: cannot copy \/proc\/version to \/proc\/no\n/,
    );
  });

  it('names the place that it is given where the system names none', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
      syscall: 'write',
    });
    expect(describeError(explainFault(full, 'dist/a'))).toMatch(
      /\[DISK_FULL\]: cannot write dist\/a\n/,
    );
    expect(explainFault(full)).toBe(full);
  });

  it('is told apart from a defect of this program, which shows where it happened', () => {
    expect(describeError(new TypeError('x is undefined'))).toMatch(
      /TypeError: x is undefined\n +at /,
    );
  });
});

function caught(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}

describe('JSON from outside', () => {
  const schema = z.strictObject({ name: z.string(), jobs: z.int().min(1).optional() });
  const parse = (text: string) => parseJson(text, schema, 'a.json');

  it('is a typed value or an error that names every wrong field', () => {
    expect(parse('{"name": "x"}')).toEqual({ name: 'x' });
    expect(() => parse('{"name": 1, "jobs": 0, "job": 2}')).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONTENT',
        what: 'a.json is not valid',
        why: expect.stringMatching(/name: .*; jobs: .*; .*job/),
      }),
    );
    expect(() => parse('{"name"')).toThrow(expect.objectContaining({ code: 'INVALID_JSON' }));
  });

  it('with a byte order mark is refused by that name, since no editor shows it', () => {
    expect(() => parse('\uFEFF{"name": "x"}')).toThrow(
      expect.objectContaining({
        why: expect.stringContaining('byte order mark'),
        next: 'Save a.json as UTF-8 without BOM.',
      }),
    );
  });
});

describe('a command line that is shown', () => {
  it('can be pasted into a shell', () => {
    expect(quoteArgv(['g++', '-O2', 'a b', "it's", '', '$x'])).toBe(
      `g++ -O2 'a b' 'it'\\''s' '' '$x'`,
    );
  });

  it('hides secrets wherever they stand, but not every other letter', () => {
    expect(redact('a token-1 b token-1', ['token-1', 'abc'])).toBe('a **** b ****');
    expect(redact('abc', ['abc', ''])).toBe('abc');
  });
});
