import { VllmCpuError } from '@vllm-cpu/system/errors';
import { createRunner } from '@vllm-cpu/system/run';
import type { Finished } from '@vllm-cpu/system/run';

type Argv = readonly [string, ...string[]];
type Environment = Readonly<Record<string, string | undefined>>;

/** A step's programs get the whole environment of the job, which the workflow has put together. */
function jobEnvironment(more: Environment = {}): Record<string, string> {
  const all = Object.entries({ ...process.env, ...more });
  return Object.fromEntries(all.filter((entry): entry is [string, string] => Boolean(entry[1])));
}

export interface Ended {
  /** Null where the program could not be started. */
  status: number | null;
  printed: string;
  /** Undefined in that case. */
  finished: Finished | undefined;
}

async function ended(
  argv: Argv,
  env: Environment,
  onLine?: (line: string) => void,
): Promise<Ended> {
  try {
    const command = { argv, env: jobEnvironment(env), ...(onLine ? { onLine } : {}) };
    const finished = await createRunner().try(command);
    return { status: finished.exitCode ?? 1, printed: finished.stdout, finished };
  } catch (error) {
    const missing = error instanceof VllmCpuError && error.code === 'PROGRAM_NOT_STARTED';
    if (missing) return { status: null, printed: '', finished: undefined };
    throw error;
  }
}

/** Runs a program quietly. */
export function capture(argv: Argv): Promise<Ended> {
  return ended(argv, { LC_ALL: 'C' });
}

/** Runs a program with its output shown line by line; resolves to its exit status. */
export async function show(argv: Argv, env: Environment = {}): Promise<number | null> {
  return (await ended(argv, env, (line) => console.log(line))).status;
}
