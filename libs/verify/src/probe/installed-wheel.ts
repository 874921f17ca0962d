import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { parseJson } from '@vllm-cpu/system/parse-json';
import { isAtLeast } from '@vllm-cpu/system/tool-version';
import type { Finished } from '@vllm-cpu/system/run';
import { makeChildEnvironment, THE_FILE_ITSELF } from '../child-environment.ts';
import type { ImportSetup, VerifyContext } from '../context.ts';
import { PROBE_SCRIPT } from '../stage-files.ts';

const MINUTE = 60_000;

const attemptSchema = z.object({
  ok: z.boolean(),
  type: z.string().optional(),
  module: z.string().nullable().optional(),
  message: z.string().optional(),
  value: z.unknown().optional(),
});

const answerSchema = z.object({
  version: z.string().nullable(),
  alias: z.string().nullable(),
  imported: attemptSchema,
  level: attemptSchema.nullable().default(null),
  device: attemptSchema.nullable(),
  kernel: attemptSchema.nullable(),
});

export type ProbeAttempt = z.infer<typeof attemptSchema>;
export type ProbeAnswer = z.infer<typeof answerSchema>;

/** What the probe said, or how its process died. */
export type ProbeResult = { answer: ProbeAnswer } | { died: string };

/** A fresh environment with one wheel in it. */
export interface InstalledWheel {
  /** Runs the probe, under `emulator` where one is given, and with `env` besides the child's own. */
  probe(emulator?: readonly string[], env?: Readonly<Record<string, string>>): Promise<ProbeResult>;
  remove(): Promise<void>;
}

/**
 * Makes a virtual environment and installs the wheel with the interpreter's pip, or, where that has
 * none that can, with one of the environment's own, which takes seconds to put there.
 * @throws VllmCpuError PROGRAM_FAILED with pip's last lines.
 */
export async function installWheel(
  context: VerifyContext,
  setup: ImportSetup,
  distribution: string,
): Promise<InstalledWheel> {
  const folder = await mkdtemp(join(context.workDir, 'import-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const python = join(folder, 'bin', 'python');
  const { runner, env } = context;
  // The probe imports a few of a thousand modules: Python compiles those itself.
  const quiet = ['--quiet', '--disable-pip-version-check', '--no-input', '--no-compile'];
  try {
    const outside = await hasPip(context, setup.python);
    const pip: [string, ...string[]] = outside
      ? [setup.python, '-m', 'pip', '--python', python]
      : [python, '-m', 'pip'];
    await makeChildEnvironment({
      python: setup.python,
      folder,
      systemSitePackages: setup.systemSitePackages ?? false,
      withoutPip: outside,
      runner,
      env,
    });
    for (const words of [THE_FILE_ITSELF, ...(setup.dependencies ? [[]] : [])]) {
      await runner.run({
        argv: [...pip, 'install', ...quiet, ...words, context.facts.path],
        env,
        timeout: 60 * MINUTE,
      });
    }
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    remove,
    probe: async (emulator = [], more = {}) => {
      const [first = python, ...rest] = [...emulator, python, PROBE_SCRIPT, distribution];
      // Under an emulator ten times slower is normal.
      const finished = await runner.try({
        argv: [first, ...rest],
        cwd: folder,
        env: { ...env, ...more },
        timeout: 5 * MINUTE,
      });
      return probeResult(finished);
    },
  };
}

/** Its metadata says so; to ask pip would load all of it. */
const PIP_VERSION = "import importlib.metadata; print(importlib.metadata.version('pip'))";

/** From 22.3 on pip installs into the environment of another interpreter: `--python`. */
async function hasPip({ runner, env }: VerifyContext, python: string): Promise<boolean> {
  const { stdout, exitCode } = await runner.try({ argv: [python, '-c', PIP_VERSION], env });
  return exitCode === 0 && isAtLeast(stdout.trim(), '22.3');
}

/** What a finished probe said, or how it died. */
export function probeResult(finished: Finished): ProbeResult {
  if (finished.signal) return { died: `it was ended by ${finished.signal}` };
  // qemu-user and shells report a signal as 128 plus its number.
  if (finished.exitCode === 128 + 4) return { died: 'it was ended by SIGILL' };
  const line = finished.stdout.split('\n').find((text) => text.startsWith('{'));
  const said = finished.stderr.trim().split('\n').slice(-3).join(' ');
  if (finished.exitCode !== 0 || line === undefined) {
    return { died: `it ended with exit status ${finished.exitCode}: ${said}` };
  }
  try {
    return { answer: parseJson(line, answerSchema, 'what the probe printed') };
  } catch (error) {
    if (error instanceof VllmCpuError) return { died: error.what };
    throw error;
  }
}
