import { chosenPlatforms, chosenReleases, chosenVariants } from '@vllm-cpu/commands/chosen';
import { jobText, missingJobs } from '@vllm-cpu/commands/missing-jobs';
import { executor } from '../executor.ts';
import { matrixOptions } from './options.ts';

export default executor(matrixOptions, async (options, repository) => {
  const { releases, variants, settings, report } = repository;
  const include = await missingJobs(
    {
      ...options,
      releases: chosenReleases(options.releases, releases),
      variants: chosenVariants(options.variants, variants),
      platforms: chosenPlatforms(options.platforms),
      suffix: options.suffix ?? settings.suffix,
    },
    repository,
  );
  // GitHub takes every other key of a matrix for an axis: only `include` is printed.
  if (options.json) report(JSON.stringify({ include }));
  else if (include.length === 0) report('nothing to build: the index has every wheel');
  else include.forEach((job) => report(`${jobText(job)}, on ${job.runner}`));
  return true;
});
