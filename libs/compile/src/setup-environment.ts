import { join } from 'node:path';
import { ONEDNN_REPOSITORY } from '@vllm-cpu/sources/onednn';
import { upstreamEnvironment } from './environment/environment.ts';
import type { BuildEnvironment } from './environment/environment.ts';
import type { CompilePlan } from './plan.ts';

/** What only preparing a compile finds out; a plan that is shown names placeholders. */
export interface PreparedPlaces {
  /** Directory of the interpreter's programs. */
  programs: string;
  /** oneDNN's sources, where this level needs them. */
  oneDnn: Pick<NonNullable<BuildEnvironment['oneDnn']>, 'directory' | 'repository'> | undefined;
}

/** The environment of upstream's setup.py as `plan` will run it, or says that it would. */
export function setupEnvironment(
  plan: CompilePlan,
  { programs, oneDnn }: PreparedPlaces,
): Record<string, string> {
  const { settings, subject, task } = plan;
  return upstreamEnvironment(settings, {
    programs,
    task,
    workspace: settings.workspace,
    home: join(task, 'home'),
    temporary: join(task, 'tmp'),
    version: subject.release.version,
    jobs: plan.jobs,
    sourceDateEpoch: subject.release.source.commitTime,
    compileCache: plan.folders.compileCache,
    recompile: plan.key.attempt > 1,
    oneDnn: oneDnn && { ...oneDnn, official: ONEDNN_REPOSITORY },
  });
}
