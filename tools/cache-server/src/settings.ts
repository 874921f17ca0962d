import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { VllmCpuError } from '../../executors/src/system/errors.ts';
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
  const text = (name: OptionName): string => {
    const flag = flags[name];
    return (typeof flag === 'string' ? flag : env[OPTIONS[name].env]) ?? OPTIONS[name].fallback;
  };
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
  const maxEntrySize = bytes('max-entry-size');
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

function parseFlags(args: readonly string[]): Record<string, unknown> {
  const strings = flagNames().map((name) => [name, { type: 'string' as const }] as const);
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: false,
      options: { ...Object.fromEntries(strings), help: { type: 'boolean', short: 'h' } },
    }).values;
  } catch (cause) {
    // Node's message repeats the argument, which may be a token that was given by mistake.
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    throw invalid(
      'the command line',
      code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL'
        ? 'has a word that belongs to no option'
        : 'has an unknown option, or one without its value',
      'See --help. Tokens go into the environment or a file, never here.',
    );
  }
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
      what: `could not read the token file ${path}`,
      why: cause instanceof Error ? cause.message : String(cause),
      next: 'Check the path, and that the user of this process may read it.',
      cause,
    });
  }
}

function invalid(name: string, wrong: string, next: string): VllmCpuError {
  return new VllmCpuError({ code: 'SETTING_INVALID', what: `${name} ${wrong}`, next });
}
