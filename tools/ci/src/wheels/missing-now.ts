import { chosenPlatforms, chosenReleases } from '@vllm-cpu/commands/chosen';
import { missingJobs } from '@vllm-cpu/commands/missing-jobs';
import { annotate, messageOf } from '../actions/annotate.ts';
import { ciRepository } from '../repository.ts';
import type { WheelJob } from './wheel-jobs.ts';

/** Names a wheel in a set. */
export function keyOf(job: {
  project: string;
  version: string;
  platform: string;
  python?: string | undefined;
}): string {
  return [job.project, job.version, job.platform, job.python || ''].join(' ');
}

/** Keys of the wheels that the index still lacks; undefined where it cannot be asked. */
export async function missingNow(plan: readonly WheelJob[]): Promise<Set<string> | undefined> {
  const [first] = plan;
  if (!first) return new Set();
  const repository = ciRepository();
  const names = [...new Set(plan.map(({ release }) => release))].join();
  try {
    const missing = await missingJobs(
      {
        releases: chosenReleases(names, repository.releases),
        variants: repository.variants,
        platforms: chosenPlatforms(undefined),
        suffix: first.suffix || repository.settings.suffix,
      },
      repository,
    );
    return new Set(missing.map(keyOf));
  } catch (error) {
    annotate('warning', `cannot read the index: ${messageOf(error)}`);
    return undefined;
  }
}
