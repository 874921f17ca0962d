import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { parse } from 'dotenv';
import { VllmCpuError } from './errors.ts';

/** What belongs to this machine and not to the product; see docs/settings.md. */
export interface Settings {
  /** Repository root, absolute. */
  root: string;
  /** Where clones, environments and the compile cache live, absolute; never in a key. */
  workspace: string;
  /** Git URL or local clone used instead of the official repository; never in a key. */
  upstream: string | undefined;
  /** Git URL, or a source directory whose content digest enters compile's key. */
  oneDnn: string | undefined;
  /** An interpreter that has torch and the build tools already, absolute. */
  python: string | undefined;
  /** Upper bound of parallel compile jobs, from VLLM_CPU_MAX_JOBS. */
  maxJobs: number | undefined;
  /** Number of the try, from VLLM_CPU_ATTEMPT; the one that stands where it is not set. */
  attempt: number | undefined;
  /** Suffix of the published version, from VLLM_CPU_SUFFIX (formerly VLLM_CPU_POSTFIX): .postN, .devN, aN, bN, rcN. */
  suffix: string | undefined;
  /** Directories of C_INCLUDE_PATH and LIBRARY_PATH; inputs of a compile when they are set. */
  includePath: readonly string[];
  libraryPath: readonly string[];
  /** The merged environment (.env below the real one), for allow-lists to pick from. */
  env: Readonly<Record<string, string | undefined>>;
}

/**
 * Resolves the machine settings once. A variable of the environment wins over the same one in `.env`.
 * @throws VllmCpuError SETTING_INVALID
 */
export function readSettings(
  root: string,
  processEnv: Readonly<Record<string, string | undefined>>,
): Settings {
  const file = join(root, '.env');
  const env = { ...(existsSync(file) ? parse(readFileSync(file, 'utf8')) : {}), ...processEnv };
  const path = (name: string): string | undefined => {
    const value = env[name]?.trim();
    return value ? absolute(root, value) : undefined;
  };
  return Object.freeze({
    root,
    workspace: path('VLLM_CPU_WORKSPACE') ?? join(root, '.workspace'),
    upstream: source(root, env['VLLM_CPU_UPSTREAM']),
    oneDnn: source(root, env['VLLM_CPU_ONEDNN']),
    python: existing('VLLM_CPU_PYTHON', path('VLLM_CPU_PYTHON')),
    maxJobs: wholeNumber('VLLM_CPU_MAX_JOBS', env['VLLM_CPU_MAX_JOBS']),
    attempt: wholeNumber('VLLM_CPU_ATTEMPT', env['VLLM_CPU_ATTEMPT']),
    suffix: (env['VLLM_CPU_SUFFIX'] ?? env['VLLM_CPU_POSTFIX'])?.trim() || undefined,
    includePath: list(env['C_INCLUDE_PATH']),
    libraryPath: list(env['LIBRARY_PATH']),
    env,
  });
}

function absolute(root: string, value: string): string {
  if (value === '~' || value.startsWith('~/')) return join(homedir(), value.slice(1));
  return isAbsolute(value) ? value : resolve(root, value);
}

/** A git URL stays as it is, anything else is a path. */
function source(root: string, value: string | undefined): string | undefined {
  const given = value?.trim();
  if (!given) return undefined;
  return isGitUrl(given) ? given : absolute(root, given);
}

export function isGitUrl(value: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(value) || /^[\w.-]+@[\w.-]+:/.test(value);
}

function existing(name: string, path: string | undefined): string | undefined {
  if (path && !existsSync(path)) {
    throw new VllmCpuError({
      code: 'SETTING_INVALID',
      what: `${name} is set to ${path}, which does not exist`,
      next: `Fix ${name} in the environment or in .env, or unset it.`,
    });
  }
  return path;
}

function wholeNumber(name: string, value: string | undefined): number | undefined {
  if (value === undefined || value.trim() === '') return undefined;
  if (!/^[1-9]\d{0,4}$/.test(value.trim())) {
    throw new VllmCpuError({
      code: 'SETTING_INVALID',
      what: `${name} is ${JSON.stringify(value)}`,
      why: 'It must be an integer of at least 1.',
      next: `Fix ${name} in the environment or in .env, or unset it.`,
    });
  }
  return Number(value);
}

function list(value: string | undefined): readonly string[] {
  return (value ?? '').split(':').filter((directory) => directory !== '');
}
