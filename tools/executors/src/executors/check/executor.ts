import { checkReleases } from '../../pin/check-releases.ts';
import { listAvailable } from '../../pin/available-releases.ts';
import { loadRefusals } from '../../sources/refusals.ts';
import { chosenPlatforms, chosenVariants, itemsOf } from '../chosen.ts';
import { missingJobs } from '../missing-jobs.ts';
import { executor } from '../executor.ts';
import { upstreamOf } from '../upstream-options.ts';
import { checkText } from './check-text.ts';
import type { CheckReport } from './check-text.ts';
import { checkOptions } from './options.ts';

/** Nx knows success and failure only: failure is work, or an error, which is printed. */
export default executor(checkOptions, async (options, repository) => {
  const { releases, variants, settings } = repository;
  const platforms = chosenPlatforms(options.platforms);
  const chosen = chosenVariants(options.variants, variants);
  const available = await listAvailable(upstreamOf(repository));
  const upstream = checkReleases(available.releases, releases, {
    refusals: loadRefusals(repository.root),
    ...(options.minimum ? { minimum: options.minimum } : {}),
    exclude: itemsOf(options.exclude) ?? [],
    preReleases: options.preReleases ?? false,
  });
  const missing = await missingJobs(
    {
      ...options,
      variants: chosen,
      platforms,
      releases: releases.filter(({ release }) => release.active),
      postfix: settings.postfix,
    },
    repository,
  );
  const report: CheckReport = { ...upstream, missing, work: upstream.work || missing.length > 0 };
  repository.report(options.json ? JSON.stringify(report) : checkText(report));
  return !report.work || (options.exitZero ?? false);
});
