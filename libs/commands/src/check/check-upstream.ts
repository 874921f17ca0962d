import { checkReleases } from '@vllm-cpu/pin/check-releases';
import { listAvailable } from '@vllm-cpu/pin/available-releases';
import { loadRefusals } from '@vllm-cpu/sources/refusals';
import { chosenPlatforms, chosenVariants, itemsOf } from '../chosen.ts';
import { missingJobs } from '../missing-jobs.ts';
import type { MissingJobsRequest } from '../missing-jobs.ts';
import type { Repository } from '../repository.ts';
import { upstreamOf } from '../upstream-access.ts';
import type { CheckReport } from './check-text.ts';

/** Which releases count as new, and which wheels the index should have. */
export interface CheckRequest extends Pick<MissingJobsRequest, 'index' | 'allowInsecure' | 'json'> {
  /** Older releases are never new. */
  minimum?: string | undefined;
  /** Versions to pass over, comma-separated. */
  exclude?: string | undefined;
  preReleases?: boolean | undefined;
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
      suffix: settings.suffix,
    },
    repository,
  );
  return { ...upstream, missing, work: upstream.work || missing.length > 0 };
}
