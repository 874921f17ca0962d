import type { ExecutorContext } from '@nx/devkit';
import type { z } from 'zod';
import { atBoundary } from '@vllm-cpu/system/errors';
import { leaveError } from '@vllm-cpu/commands/error-file';
import { openRepository } from '@vllm-cpu/commands/repository';
import type { Repository } from '@vllm-cpu/commands/repository';
import { parseOptions } from './parse-options.ts';

/** The part of Nx's context that executors read. */
export type RunContext = Pick<ExecutorContext, 'root' | 'taskGraph'>;

export interface ExecutorResult {
  success: boolean;
}

/**
 * An Nx executor: parses its options by a strict schema, calls one stage function, and turns what is
 * thrown into text and `{ success: false }`. Files that it makes are readable by all and writable by
 * their owner, whatever the user's umask is: modes end up inside wheels.
 */
export function executor<Schema extends z.ZodType>(
  schema: Schema,
  action: (
    options: z.infer<Schema>,
    repository: Repository,
    context: RunContext,
  ) => Promise<boolean>,
): (options: unknown, context: RunContext) => Promise<ExecutorResult> {
  return async (options, context) => {
    process.umask(0o022);
    const success = await atBoundary(async () => {
      try {
        const parsed = parseOptions(options, schema);
        return await action(parsed, openRepository(context.root), context);
      } catch (error) {
        leaveError(error);
        throw error;
      }
    });
    return { success };
  };
}
