import { join } from 'node:path';
import type { CustomHasher, HasherContext, Task } from '@nx/devkit';
import type { z } from 'zod';
import { rememberingRunner } from '@vllm-cpu/system/remembered-answers';
import { parseValue } from '@vllm-cpu/system/parse-json';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { sha256, stableJson } from '@vllm-cpu/system/digest';
import { refuseFull, refuseUnwritable } from '@vllm-cpu/system/writable-folder';
import { openRepository } from '@vllm-cpu/commands/repository';
import type { Repository } from '@vllm-cpu/commands/repository';
import { optionProperty } from './parse-options.ts';
import { withoutIgnored } from './stage-options.ts';
import type { StageOptions } from './stage-options.ts';
import { taskHash } from '@vllm-cpu/commands/task-hash';

const ROOT = join(import.meta.dirname, '../../../..');

/** A report, and what Nx keeps of its own beside it. */
const REPORT_ROOM = 1024 ** 2;

/**
 * A custom hasher whose value is the stage's own key, with the options that are declared to be in it.
 * Nx's default hash contains the whole project configuration, so one more pin would miss every old task.
 *
 * Options that cannot be right, a missing tool, or outputs without a place have no key: the task then gets
 * one that never hits, so that the executor runs and explains. (Nx copies a hit into the output folder, and
 * calls the task successful where the disk is full.)
 *
 * `room` is the number of bytes that the outputs must find free.
 */
export function stageHasher<
  Subject extends z.ZodRawShape,
  InKey extends z.ZodRawShape,
  OutOfKey extends z.ZodRawShape,
>(
  options: StageOptions<Subject, InKey, OutOfKey>,
  key: (subject: z.infer<z.ZodObject<Subject>>, repository: Repository) => Promise<string>,
  room = REPORT_ROOM,
): CustomHasher {
  return async (task, context) => {
    try {
      await refuseNoPlace(task.outputs, room);
      const forTarget = withoutIgnored(givenOptions(task, context), options.ignored);
      const given = parseValue(forTarget, options.all, task.id);
      const repository = hashedRepository();
      const subject = options.subject.parse(given) as z.infer<z.ZodObject<Subject>>;
      const value = withOptions(await key(subject, repository), options.inKey.parse(given));
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

let opened: Repository | undefined;

/** One for all tasks of a run: Nx hashes them in one process. */
function hashedRepository(): Repository {
  if (opened) return opened;
  const repository = openRepository(ROOT, () => undefined);
  const answers = join(repository.settings.workspace, 'program-answers.json');
  opened = { ...repository, runner: rememberingRunner(repository.runner, answers) };
  return opened;
}

async function refuseNoPlace(outputs: readonly string[], room: number): Promise<void> {
  for (const output of outputs) {
    const folder = join(ROOT, output);
    await refuseUnwritable(folder);
    await refuseFull(folder, room);
  }
}

/**
 * The target's options as the plugin set them, and what the user overrides: Nx hands the hasher `max-jobs`
 * as it was written, and the executor `maxJobs`.
 */
function givenOptions(task: Task, context: HasherContext): Record<string, unknown> {
  const { project, target } = task.target;
  const configured = context.projectGraph.nodes[project]?.data.targets?.[target]?.options as object;
  const overrides = Object.fromEntries(
    Object.entries((task.overrides ?? {}) as Record<string, unknown>)
      .filter(([name]) => name !== '__overrides_unparsed__')
      .map(([name, value]) => [optionProperty(name), value]),
  );
  return { ...configured, ...overrides };
}

function withOptions(key: string, options: object): string {
  return Object.keys(options).length === 0 ? key : sha256(stableJson({ key, options }));
}
