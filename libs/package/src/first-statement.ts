import { VllmCpuError } from '@vllm-cpu/system/errors';

/**
 * The Python module `source` with `statement`, which ends in a line break, before its first statement;
 * only comments, the docstring and `from __future__` imports, which Python wants first, stay above it.
 * `file` is its name for errors.
 * @throws VllmCpuError FIRST_STATEMENT_PLACE
 */
export function withFirstStatement(source: string, statement: string, file: string): string {
  let at = source.startsWith('\ufeff') ? 1 : 0;
  let place = at;
  let mayBeDocstring = true;
  for (;;) {
    at = skipBlank(source, at);
    const next = mayBeDocstring ? endOfStrings(source, at) : undefined;
    const end = next ?? endOfFutureImport(source, at);
    if (end === undefined) break;
    mayBeDocstring = false;
    at = endOfLine(source, end, file);
    place = at;
  }
  // Comments at the top, such as the licence, stay at the top.
  if (mayBeDocstring) place = at;
  const before = source.slice(0, place);
  const after = source.slice(place);
  const gap = /^\ufeff?$|\n$/.test(before) ? '' : '\n';
  return `${before}${gap}${mayBeDocstring ? '' : '\n'}${statement}${after && !after.startsWith('\n') ? '\n' : ''}${after}`;
}

/** Past spaces, line breaks and comments. */
function skipBlank(source: string, at: number): number {
  return at + (/^(?:[ \t\f]*(?:#[^\n]*)?(?:\r?\n|$))*/.exec(source.slice(at))?.[0].length ?? 0);
}

const STRING =
  /^[rRuU]?(?:"""(?:[^\\]|\\[\s\S])*?"""|'''(?:[^\\]|\\[\s\S])*?'''|"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*')/;

/** The end of one or more adjacent string literals that are a whole statement, or undefined. */
function endOfStrings(source: string, start: number): number | undefined {
  let at = start;
  for (;;) {
    const literal = STRING.exec(source.slice(at))?.[0];
    if (literal === undefined) break;
    at += literal.length;
    at += /^(?:[ \t]|\\\r?\n)*/.exec(source.slice(at))?.[0].length ?? 0;
  }
  return at > start && /^(?:#|;|\r?\n|$)/.test(source.slice(at)) ? at : undefined;
}

const FUTURE =
  /^from[ \t]+__future__[ \t]+import[ \t]*(?:\((?:[^)#]|#[^\n]*\n)*\)|(?:[^\\\n;#(]|\\\r?\n)*)/;

function endOfFutureImport(source: string, at: number): number | undefined {
  const statement = FUTURE.exec(source.slice(at))?.[0];
  return statement === undefined ? undefined : at + statement.length;
}

/** Past the rest of a line, which may hold a comment and nothing else. */
function endOfLine(source: string, at: number, file: string): number {
  const rest = /^[ \t]*(?:#[^\n]*)?(?:\r?\n|$)/.exec(source.slice(at))?.[0];
  if (rest !== undefined) return at + rest.length;
  const line = source.slice(0, at).split('\n').length;
  throw new VllmCpuError({
    code: 'FIRST_STATEMENT_PLACE',
    what: `${file}, line ${line}: another statement follows on the same line`,
    why: 'A statement must be inserted first, and its position is ambiguous.',
    next: 'Handle this form in libs/package/src/first-statement.ts, with a test.',
  });
}
