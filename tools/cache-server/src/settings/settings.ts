import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { flagNames, OPTIONS, type OptionName } from './options.ts';
import { parseBytes, parseDuration } from './quantity.ts';
import { parseTokens } from './tokens.ts';

/** Everything that a running server depends on, resolved once. */
export interface Settings {
  /** Absolute folder of the entries; only this process writes in it. */
  directory: string;
  host: string;
  /** 0 lets the system choose. */
  port: number;
  /** Bytes: of all entries together, uploads in flight included, and of one entry. */
  maxSize: number;
  maxEntrySize: number;
  /** Milliseconds without a byte in either direction; of one whole request; of a shutdown. */
  idleTimeout: number;
  requestTimeout: number;
  shutdownTimeout: number;
  readTokens: readonly string[];
  writeTokens: readonly string[];
  /** Things that work and should be changed all the same. */
  warnings: readonly string[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads flags and environment; a flag wins. Tokens never come from flags: every user of a machine
 * can read the arguments of every process.
 * @returns undefined when help is asked for
 * @throws VllmCpuError SETTING_INVALID, TOKEN_INVALID, TOKEN_FILE_UNREADABLE
 */
export function readSettings(args: readonly string[], env: Environment): Settings | undefined {
  const flags = parseFlags(args);
  if (flags['help'] === true) return undefined;
  const given = (name: OptionName): string | undefined => {
    const flag = flags[name];
    // A variable without a value is not set: Compose and systemd pass such ones on.
    return typeof flag === 'string' ? flag : env[OPTIONS[name].env] || undefined;
  };
  const text = (name: OptionName): string => given(name) ?? OPTIONS[name].fallback;
  const bytes = (name: OptionName): number => parseBytes(text(name), `--${name}`);
  const duration = (name: OptionName): number => parseDuration(text(name), `--${name}`);
  const warnings: string[] = [];
  const tokens = (role: 'read' | 'write'): string[] => {
    const variable = `VLLM_CPU_CACHE_${role.toUpperCase()}_TOKENS`;
    const file = text(`${role}-tokens-file`);
    return [
      ...parseTokens(env[variable] ?? '', variable),
      ...(file ? parseTokens(readTokenFile(file, warnings), file) : []),
    ];
  };
  const maxSize = bytes('max-size');
  // Where nobody chose it, an entry may be as large as the cache at most.
  const maxEntrySize = given('max-entry-size')
    ? bytes('max-entry-size')
    : Math.min(bytes('max-entry-size'), maxSize);
  if (maxEntrySize > maxSize) {
    throw invalid('--max-entry-size', 'is more than --max-size', 'Make it at most as large.');
  }
  return Object.freeze({
    directory: resolve(text('directory')),
    host: text('host'),
    port: parsePort(text('port')),
    maxSize,
    maxEntrySize,
    idleTimeout: duration('idle-timeout'),
    requestTimeout: duration('request-timeout'),
    shutdownTimeout: duration('shutdown-timeout'),
    readTokens: tokens('read'),
    writeTokens: tokens('write'),
    warnings,
  });
}

/** Errors name an option, and never a value or a word, which may be a token given by mistake. */
function parseFlags(args: readonly string[]): Record<string, unknown> {
  const strings = flagNames().map((name) => [name, { type: 'string' as const }] as const);
  const { values, tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: { ...Object.fromEntries(strings), help: { type: 'boolean', short: 'h' } },
  });
  const next = 'See --help. Tokens go into the environment or a file, never here.';
  for (const token of tokens) {
    if (token.kind === 'positional') {
      throw invalid('the command line', 'has a word that belongs to no option', next);
    }
    if (token.kind !== 'option' || token.name === 'help') continue;
    if (!(token.name in OPTIONS)) throw unknownOption(token.rawName, next);
    const swallowed = !token.inlineValue && token.value?.startsWith('-');
    if (!token.value || swallowed) throw invalid(token.rawName, 'has no value', next);
  }
  return values;
}

function unknownOption(name: string, next: string): VllmCpuError {
  // A token that begins with dashes has other characters, or is longer than an option's name.
  const shown = /^-{1,2}[a-z-]{1,24}$/.test(name) ? `${name} is not an option` : undefined;
  return shown
    ? new VllmCpuError({ code: 'SETTING_INVALID', what: shown, next })
    : invalid('the command line', 'has an unknown option', next);
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw invalid('--port', `is ${JSON.stringify(text)}`, 'Give a number from 0 to 65535.');
}

function readTokenFile(path: string, warnings: string[]): string {
  try {
    if ((statSync(path).mode & 0o004) !== 0) {
      warnings.push(`${path} can be read by every user of this machine; chmod 600 it`);
    }
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new VllmCpuError({
      code: 'TOKEN_FILE_UNREADABLE',
      what: `cannot read the token file ${path}`,
      why: cause instanceof Error ? cause.message : String(cause),
      next: 'Check the path, and that the user of this process can read it.',
      cause,
    });
  }
}

function invalid(name: string, wrong: string, next: string): VllmCpuError {
  return new VllmCpuError({ code: 'SETTING_INVALID', what: `${name} ${wrong}`, next });
}
