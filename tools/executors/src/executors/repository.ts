import type { ExecutorContext } from '@nx/devkit';
import type { z } from 'zod';
import { atBoundary } from '../system/errors.ts';
import { parseValue } from '../system/parse-json.ts';
import { createRunner } from '../system/run.ts';
import type { Runner } from '../system/run.ts';
import { readSettings } from '../system/settings.ts';
import type { Settings } from '../system/settings.ts';
import { loadReleases, loadVariants } from '../sources/catalogue.ts';
import type { NamedRelease } from '../sources/catalogue.ts';
import type { Variant } from '../variant/model.ts';

/** What an executor gives to a stage: the repository's definitions and this machine. */
export interface Repository {
  root: string;
  settings: Settings;
  variants: readonly Variant[];
  releases: readonly NamedRelease[];
  runner: Runner;
  report: (line: string) => void;
}

/** Reads the definitions and the machine settings. */
export function openRepository(
  root: string,
  report: (line: string) => void = (line) => process.stdout.write(`${line}\n`),
): Repository {
  const verbose = process.env['NX_VERBOSE_LOGGING'] === 'true';
  return {
    root,
    settings: readSettings(root, process.env),
    variants: loadVariants(root),
    releases: loadReleases(root),
    runner: createRunner(verbose ? report : undefined),
    report,
  };
}

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
    const success = await atBoundary(async () =>
      action(
        parseValue(options, schema, 'the command line'),
        openRepository(context.root),
        context,
      ),
    );
    return { success };
  };
}
