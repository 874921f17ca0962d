import type { z } from 'zod';
import { checkReleases } from '@vllm-cpu/pin/check-releases';
import { listAvailable } from '@vllm-cpu/pin/available-releases';
import { loadRefusals } from '@vllm-cpu/sources/refusals';
import { chosenPlatforms, chosenVariants, itemsOf } from '../chosen.ts';
import { missingJobs } from '../missing-jobs.ts';
import type { Repository } from '../repository.ts';
import { upstreamOf } from '../../../../tools/executors/src/executors/upstream-options.ts';
import type { CheckReport } from './check-text.ts';
import type { checkOptions } from '../../../../tools/executors/src/executors/check/options.ts';

/** Compares upstream with the pins, and the active pins with the index. */
export async function checkUpstream(
  options: z.infer<typeof checkOptions>,
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
      postfix: settings.postfix,
    },
    repository,
  );
  return { ...upstream, missing, work: upstream.work || missing.length > 0 };
}
