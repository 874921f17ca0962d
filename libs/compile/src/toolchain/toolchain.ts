import { VllmCpuError } from '@vllm-cpu/system/errors';
import { sha256Unchanged } from '@vllm-cpu/system/digest';
import { findProgram } from '@vllm-cpu/system/programs';
import type { Runner } from '@vllm-cpu/system/run';

/** A program that decides the compiled bytes. */
export interface Tool {
  name: string;
  path: string;
  /** First line of `--version`. */
  version: string;
  /** SHA-256 of the program file; two programs may report one version. */
  sha256: string;
}

/** Programs whose identity enters compile's key. */
const COMPILERS = ['gcc', 'g++', 'as', 'ld'];

/** Debian's package for each program that a compile needs, for the error's advice. */
const PACKAGES: Readonly<Record<string, string>> = {
  gcc: 'gcc',
  'g++': 'g++',
  as: 'binutils',
  ld: 'binutils',
  git: 'git',
};

/**
 * Finds the compilers on PATH.
 * @throws VllmCpuError TOOLS_MISSING, naming all that are missing at once
 */
export async function probeToolchain(
  runner: Runner,
  env: Readonly<Record<string, string>>,
): Promise<Tool[]> {
  const missing = missingTools(env);
  if (missing.length > 0) throw toolsMissing(missing);
  return Promise.all(COMPILERS.map((name) => identify(runner, env, name)));
}

/** Names of needed programs that are not on PATH. */
export function missingTools(env: Readonly<Record<string, string>>): string[] {
  return [...COMPILERS, 'git'].filter((name) => !findProgram(name, env['PATH']));
}

function toolsMissing(missing: readonly string[]): VllmCpuError {
  const packages = [...new Set(missing.map((name) => PACKAGES[name] ?? name))];
  return new VllmCpuError({
    code: 'TOOLS_MISSING',
    what: `not found on PATH: ${missing.join(', ')}`,
    next: `Install them. On Debian or Ubuntu: apt-get install ${packages.join(' ')}`,
  });
}

async function identify(
  runner: Runner,
  env: Readonly<Record<string, string>>,
  name: string,
): Promise<Tool> {
  const path = findProgram(name, env['PATH']);
  if (!path) throw toolsMissing([name]);
  const printed = await runner.run({
    argv: [path, '--version'],
    env: { ...env, LC_ALL: 'C' },
    about: 'program',
  });
  return {
    name,
    path,
    version: printed.stdout.split('\n')[0]?.trim() ?? '',
    sha256: sha256Unchanged(path),
  };
}

/** What of a tool enters a key: never where it is installed. */
export function toolInputs(tools: readonly Tool[]): Record<string, string> {
  return Object.fromEntries(
    tools.map((tool) => [tool.name, `${tool.version} sha256:${tool.sha256}`]),
  );
}
