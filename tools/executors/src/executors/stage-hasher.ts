import type { CustomHasher } from '@nx/devkit';
import type { z } from 'zod';
import { parseValue } from '../system/parse-json.ts';
import { VllmCpuError } from '../system/errors.ts';
import { sha256 } from '../system/digest.ts';
import { workspaceRoot } from '@nx/devkit';
import { openRepository } from './repository.ts';
import type { Repository } from './repository.ts';
import { taskHash } from './task-hash.ts';

/**
 * A custom hasher whose value is the stage's own key. Nx's default hash contains the whole project
 * configuration, so one more pin would miss every old task.
 *
 * Options that cannot be right, or a missing tool, have no key: the task then gets one that never hits,
 * so that the executor runs and explains.
 */
export function stageHasher<Schema extends z.ZodType>(
  schema: Schema,
  key: (options: z.infer<Schema>, repository: Repository) => Promise<string>,
): CustomHasher {
  return async (task, context) => {
    const target =
      context.projectGraph.nodes[task.target.project]?.data.targets?.[task.target.target];
    const overrides = Object.fromEntries(
      Object.entries((task.overrides ?? {}) as Record<string, unknown>).filter(
        ([name]) => name !== '__overrides_unparsed__',
      ),
    );
    try {
      const options = parseValue({ ...target?.options, ...overrides }, schema, task.id);
      const value = await key(
        options,
        openRepository(workspaceRoot, () => undefined),
      );
      return {
        value: taskHash(task.target.project, value),
        details: { command: task.id, nodes: {} },
      };
    } catch (error) {
      if (!(error instanceof VllmCpuError)) throw error;
      return {
        value: sha256(`no key ${task.id} ${Date.now()} ${Math.random()}`),
        details: { command: task.id, nodes: {} },
      };
    }
  };
}
