import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import type { Runner } from '@vllm-cpu/system/run';
import { flagWatch } from '../flag-watch.ts';
import type { CompilePlan } from '../plan.ts';
import { setupArgv } from '../plan.ts';
import { progressLines } from '../progress/progress.ts';
import type { ModuleFlags } from '../toolchain/source-flags.ts';

export interface SetupRun {
  /** The one wheel that was made, absolute. */
  wheel: string;
  /** Compile flags that cmake reported. */
  flags: readonly string[];
}

/**
 * Runs upstream's setup.py. `expected`: the flags of the level's module, where a release has several. As
 * soon as cmake has reported its flags they are compared with the variant; a difference stops the build
 * before anything is compiled.
 * @throws VllmCpuError FLAGS_DIFFER, FLAGS_NOT_REPORTED, COMPILE_FAILED, NO_WHEEL, SEVERAL_WHEELS
 */
export async function runSetup(
  plan: CompilePlan,
  python: string,
  expected: ModuleFlags | undefined,
  env: Readonly<Record<string, string>>,
  runner: Runner,
  report: (line: string) => void,
): Promise<SetupRun> {
  const { release } = plan.subject;
  const wheels = join(plan.task, 'wheel');
  const stop = new AbortController();
  const watch = flagWatch(plan, expected);
  const progress = progressLines(`compile ${plan.title}`, report);
  const finished = await runner.try({
    argv: setupArgv(python, release.source.pyLimitedApi, wheels),
    cwd: plan.tree,
    env,
    logFile: plan.log,
    signal: stop.signal,
    onLine: (line) => {
      progress(line);
      if (watch.line(line)) stop.abort();
    },
  });
  const wrong = watch.error();
  if (wrong) throw wrong;
  if (finished.exitCode !== 0) throw compileFailed(plan, finished.stdout, finished.stderr);
  const flags = watch.flags();
  if (!flags) throw flagsNotReported(plan);
  return { wheel: await onlyWheel(wheels, plan.log), flags };
}

async function onlyWheel(folder: string, log: string): Promise<string> {
  const wheels = (await readdir(folder)).filter((name) => name.endsWith('.whl'));
  const [first] = wheels;
  if (first && wheels.length === 1) return join(folder, first);
  throw new VllmCpuError({
    code: wheels.length === 0 ? 'NO_WHEEL' : 'SEVERAL_WHEELS',
    what:
      wheels.length === 0
        ? 'setup.py succeeded but produced no wheel'
        : `setup.py produced ${wheels.length} wheels: ${wheels.join(', ')}`,
    next: `See its output in ${log}.`,
  });
}

function compileFailed(plan: CompilePlan, stdout: string, stderr: string): VllmCpuError {
  const lines = `${stdout}\n${stderr}`.split('\n');
  const noSpace = lines.some((line) => /No space left on device/i.test(line));
  const telling = lines.filter((line) => /error[: ]|FAILED|fatal|CMake Error/i.test(line));
  return new VllmCpuError({
    code: noSpace ? 'DISK_FULL' : 'COMPILE_FAILED',
    what: noSpace ? `disk full; ${plan.title} was not compiled` : `failed to compile ${plan.title}`,
    why: (telling.length > 0 ? telling : lines).slice(-12).join('\n').trim(),
    next: noSpace
      ? `Free space below ${plan.settings.workspace}, or set VLLM_CPU_WORKSPACE to a larger disk, and try again.`
      : `See the full output in ${plan.log}. --keep-workspace keeps ${plan.task} for inspection.`,
  });
}

function flagsNotReported(plan: CompilePlan): VllmCpuError {
  return new VllmCpuError({
    code: 'FLAGS_NOT_REPORTED',
    what: `cmake did not print "CPU extension compile flags" for ${plan.title}`,
    why: 'That line says which instruction sets were compiled in.',
    next: `See the output in ${plan.log}, and adapt libs/compile/src/toolchain/configured-flags.ts to this release.`,
  });
}
