import { VllmCpuError } from '@vllm-cpu/system/errors';
import { quoteArgv } from '@vllm-cpu/system/quote';
import type { Finished, Runner } from '@vllm-cpu/system/run';
import type { Argv } from './engine-argv.ts';

/** What the programs of the image stage run with. */
export interface EngineTools {
  runner: Runner;
  /** The whole environment of the programs. */
  env: Readonly<Record<string, string>>;
  print: (line: string) => void;
  /** Full output goes there. */
  logFile?: string | undefined;
}

/**
 * Runs one command of an engine or of skopeo; lines of `progress` are shown as they come.
 * @throws VllmCpuError NO_SPACE_LEFT, IMAGE_COMMAND_FAILED
 */
export async function runEngine(
  argv: Argv,
  tools: EngineTools,
  progress: (line: string) => boolean = () => false,
): Promise<Finished> {
  const finished = await tools.runner.try({
    argv,
    env: tools.env,
    ...(tools.logFile ? { logFile: tools.logFile } : {}),
    onLine: (line) => {
      if (progress(line)) tools.print(line);
    },
  });
  if (finished.exitCode === 0) return finished;
  throw engineFailed(argv, finished, tools.logFile);
}

export function engineFailed(
  argv: Argv,
  { exitCode, signal, stdout, stderr }: Finished,
  logFile?: string,
): VllmCpuError {
  const lines = `${stdout}\n${stderr}`.trim().split('\n');
  const full = lines.findLast((line) => /no space left on device|disk quota exceeded/i.test(line));
  if (full !== undefined) {
    return new VllmCpuError({
      code: 'NO_SPACE_LEFT',
      what: 'disk full; no image was built',
      why: full,
      next: "Free some space (the engine's `system prune`, old folders in dist/), or move the engine's storage, then try again.",
    });
  }
  return new VllmCpuError({
    code: 'IMAGE_COMMAND_FAILED',
    what: `${quoteArgv(argv.slice(0, 2))} failed with ${signal ? `signal ${signal}` : `exit status ${exitCode}`}`,
    why: `${lines.slice(-25).join('\n') || 'It printed no output.'}\nThe command was ${quoteArgv(argv)}`,
    next: logFile ? `See the full output in ${logFile}.` : 'See the output above.',
  });
}
