import { chosenPlatforms, chosenVariants } from '../chosen.ts';
import { missingJobs } from '../missing-jobs.ts';
import type { MissingJobsRequest } from '../missing-jobs.ts';
import type { Repository } from '../repository.ts';
import type { CheckReport } from './check-text.ts';
import { compareUpstream } from './compare-upstream.ts';
import type { NewReleases } from './compare-upstream.ts';

/** Which releases count as new, and which wheels the index should have. */
export interface CheckRequest
  extends NewReleases, Pick<MissingJobsRequest, 'index' | 'allowInsecure' | 'json'> {
  /** Short names, comma-separated; all where left out. */
  variants?: string | undefined;
  platforms?: string | undefined;
}

/** Compares upstream with the pins, and the active pins with the index. */
export async function checkUpstream(
  options: CheckRequest,
  repository: Repository,
): Promise<CheckReport> {
  const { releases, variants, settings } = repository;
  const platforms = chosenPlatforms(options.platforms);
  const chosen = chosenVariants(options.variants, variants);
  const upstream = await compareUpstream(options, repository);
  const missing = await missingJobs(
    {
      ...options,
      variants: chosen,
      platforms,
      releases: releases.filter(({ release }) => release.active),
      suffix: settings.suffix,
    },
    repository,
  );
  return { ...upstream, missing, work: upstream.work || missing.length > 0 };
}
