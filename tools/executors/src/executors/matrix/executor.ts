import { chosenPlatforms, chosenReleases, chosenVariants } from '@vllm-cpu/commands/chosen';
import { jobText, missingJobs } from '@vllm-cpu/commands/missing-jobs';
import { executor } from '../executor.ts';
import { matrixOptions } from './options.ts';

export default executor(matrixOptions, async (options, repository) => {
  const { releases, variants, settings, report } = repository;
  const chosen = chosenReleases(options.releases, releases);
  const names = chosen.map(({ name }) => name).join(', ') || 'none is active';
  if (!options.json) report(`releases: ${names}`);
  const include = await missingJobs(
    {
      ...options,
      releases: chosen,
      variants: chosenVariants(options.variants, variants),
      platforms: chosenPlatforms(options.platforms),
      suffix: options.suffix ?? settings.suffix,
    },
    repository,
  );
  // GitHub takes every other key of a matrix for an axis: only `include` is printed.
  if (options.json) report(JSON.stringify({ include }));
  else if (include.length === 0) report(`nothing to build: no wheel of ${names} is missing`);
  else include.forEach((job) => report(`${jobText(job)}, on ${job.runner}`));
  return true;
});
