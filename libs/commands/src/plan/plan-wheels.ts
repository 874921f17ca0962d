import { chosenReleases } from '../chosen.ts';
import type { Repository } from '../repository.ts';
import { subjectOf, variantsOn } from '../subject.ts';
import { planReports } from './plan-report.ts';
import type { PlanReport } from './plan-report.ts';

/**
 * The plans of all wheels of some releases on this platform; of every active one where none is named.
 * @throws VllmCpuError RELEASE_UNKNOWN, PLATFORM_NOT_BUILT
 */
export async function planWheels(
  selection: string | undefined,
  repository: Repository,
  options: { maxJobs?: number | undefined },
): Promise<PlanReport[]> {
  const plans: PlanReport[] = [];
  for (const { name } of chosenReleases(selection, repository.releases)) {
    for (const variant of variantsOn(repository, name).variants) {
      const subject = subjectOf(repository, { variant: variant.name, release: name });
      plans.push(...(await planReports(subject, repository, options)));
    }
  }
  return plans;
}
