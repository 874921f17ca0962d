import { jest } from '@jest/globals';
import type { ExecutorResult, RunContext } from '../executors/executor.ts';

/** What an executor printed, and whether it succeeded. */
export interface ExecutorRun extends ExecutorResult {
  stdout: string;
  stderr: string;
}

/**
 * Runs an executor in this process as Nx would, with `env` in place of variables of the same names; an
 * empty text unsets one.
 */
export async function runExecutor(
  run: (options: unknown, context: RunContext) => Promise<ExecutorResult>,
  options: object,
  context: RunContext,
  env: Readonly<Record<string, string>> = {},
): Promise<ExecutorRun> {
  const printed = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    jest.spyOn(process[stream], 'write').mockImplementation((text) => {
      printed[stream] += String(text);
      return true;
    }),
  );
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const);
  const mask = process.umask();
  Object.assign(process.env, env);
  try {
    return { ...(await run(options, context)), ...printed };
  } finally {
    process.umask(mask);
    for (const [name, value] of before) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    spies.forEach((spy) => spy.mockRestore());
  }
}
