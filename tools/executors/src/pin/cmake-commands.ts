import { shapeError } from './shape.ts';

/** One argument of a CMake command; parentheses inside `if (...)` are arguments as well. */
export interface CmakeArgument {
  text: string;
  quoted: boolean;
}

/** One command invocation. `name` is lower case, since CMake ignores case there. */
export interface CmakeCommand {
  name: string;
  args: CmakeArgument[];
  /** Counted from 1. */
  line: number;
}

/** The lexical parts of cmake-language(7), in the order in which they are tried. */
const TOKEN =
  /(?<space>[ \t\r\n]+)|(?<comment>#\[(?<level>=*)\[[^]*?\]\k<level>\]|#[^\n]*)|(?<bracket>\[(?<depth>=*)\[(?<raw>[^]*?)\]\k<depth>\])|"(?<quoted>(?:[^"\\]|\\[^])*)"|(?<paren>[()])|(?<bare>(?:[^\s()#"\\]|\\[^]|"(?:[^"\\]|\\[^])*")+)/y;

interface Token {
  text: string;
  kind: 'word' | 'quoted' | 'paren';
  line: number;
}

/**
 * Splits CMake source into its commands; variables stay as they are written.
 * @throws VllmCpuError UPSTREAM_SHAPE, naming `file`.
 * @see https://cmake.org/cmake/help/latest/manual/cmake-language.7.html
 */
export function parseCmake(source: string, file: string): CmakeCommand[] {
  const tokens = tokenize(source, file);
  const commands: CmakeCommand[] = [];
  let at = 0;
  while (at < tokens.length) {
    const name = tokens[at];
    const end = closing(tokens, at + 1);
    if (name?.kind !== 'word' || end === undefined) {
      throw shapeError(file, `a command and its parentheses in line ${name?.line}`);
    }
    commands.push({
      name: name.text.toLowerCase(),
      args: tokens
        .slice(at + 2, end)
        .map((token) => ({ text: token.text, quoted: token.kind === 'quoted' })),
      line: name.line,
    });
    at = end + 1;
  }
  return commands;
}

function tokenize(source: string, file: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const groups = TOKEN.exec(source)?.groups;
    if (!groups) throw shapeError(file, `CMake syntax in line ${line}`);
    const { paren, quoted, raw, bare } = groups;
    if (paren !== undefined) tokens.push({ text: paren, kind: 'paren', line });
    else if (bare !== undefined) tokens.push({ text: bare, kind: 'word', line });
    else if ((quoted ?? raw) !== undefined) {
      tokens.push({ text: quoted ?? raw ?? '', kind: 'quoted', line });
    }
    line = 1 + newlines(source, TOKEN.lastIndex);
  }
  return tokens;
}

function newlines(source: string, before: number): number {
  let count = 0;
  for (let at = source.indexOf('\n'); at >= 0 && at < before; at = source.indexOf('\n', at + 1)) {
    count += 1;
  }
  return count;
}

/** Index of the parenthesis that closes the one at `open`. */
function closing(tokens: readonly Token[], open: number): number | undefined {
  let depth = 0;
  for (let at = open; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token?.kind === 'paren') depth += token.text === '(' ? 1 : -1;
    if (depth === 0) return token?.text === ')' ? at : undefined;
  }
  return undefined;
}
