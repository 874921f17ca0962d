import { dirname } from 'node:path';
import { z } from 'zod';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { parseJson } from '@vllm-cpu/system/parse-json';
import { findProgram } from '@vllm-cpu/system/programs';
import type { Runner } from '@vllm-cpu/system/run';

/** What an interpreter says of itself and of the packages that it has. */
export interface Interpreter {
  /** Absolute path of the program. */
  path: string;
  /** X.Y.Z */
  version: string;
  /** Installed versions of the packages that were asked for; absent ones are left out. */
  packages: Readonly<Record<string, string>>;
}

const answerSchema = z.strictObject({
  version: z.string(),
  packages: z.record(z.string(), z.string()),
});

/** Run by the interpreter in question, isolated from the user's environment. */
const PROBE = `
import importlib.metadata as metadata, json, platform, sys
packages = {}
for name in sys.argv[1:]:
    try:
        packages[name] = metadata.version(name)
    except metadata.PackageNotFoundError:
        pass
print(json.dumps({"version": platform.python_version(), "packages": packages}))
`;

/** Asks the interpreter at `path`. @throws VllmCpuError PYTHON_UNUSABLE */
export async function probeInterpreter(
  runner: Runner,
  env: Readonly<Record<string, string>>,
  path: string,
  packages: readonly string[] = [],
): Promise<Interpreter> {
  const asked = await runner.try({
    argv: [path, '-I', '-c', PROBE, ...packages],
    env,
    ...(packages.length === 0 ? { about: 'program' as const } : {}),
  });
  if (asked.exitCode !== 0) {
    throw new VllmCpuError({
      code: 'PYTHON_UNUSABLE',
      what: `${path} does not run as a Python interpreter`,
      why: asked.stderr.trim().split('\n').at(-1) ?? '',
      next: 'Set VLLM_CPU_PYTHON to a working Python 3.9 or later, or unset it.',
    });
  }
  return { path, ...parseJson(asked.stdout, answerSchema, `the answer of ${path}`) };
}

const NAMES = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3.9'];

/**
 * The interpreter that a build environment is made from: the first on PATH that satisfies the
 * release's requires-python.
 * @throws VllmCpuError PYTHON_NOT_FOUND
 */
export async function findInterpreter(
  runner: Runner,
  env: Readonly<Record<string, string>>,
  satisfiesRelease: (version: string) => boolean,
  requiresPython: string,
): Promise<Interpreter> {
  const seen: string[] = [];
  for (const name of NAMES) {
    const path = findProgram(name, env['PATH']);
    if (!path) continue;
    const found = await probeInterpreter(runner, env, path).catch(() => undefined);
    if (!found) continue;
    if (satisfiesRelease(found.version)) return found;
    seen.push(`${path} ${found.version}`);
  }
  throw new VllmCpuError({
    code: 'PYTHON_NOT_FOUND',
    what: `no Python on PATH satisfies ${requiresPython}`,
    why: seen.length ? `Found: ${seen.join(', ')}.` : 'No Python was found at all.',
    next: 'Install one of the range, or set VLLM_CPU_PYTHON to an interpreter that has torch and the build tools.',
  });
}

/** The directory of an interpreter's programs; it stands first on a build's PATH. */
export function programsOf(interpreter: Interpreter): string {
  return dirname(interpreter.path);
}
