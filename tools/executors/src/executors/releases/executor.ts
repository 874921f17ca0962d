import { listAvailable } from '@vllm-cpu/pin/available-releases';
import { loadRefusals } from '@vllm-cpu/sources/refusals';
import { listReleases, renderReleases } from '@vllm-cpu/pin/list-releases';
import { executor } from '../executor.ts';
import { upstreamOf } from '@vllm-cpu/commands/upstream-access';
import { releasesOptions } from './options.ts';

export default executor(releasesOptions, async (options, repository) => {
  const list = await listReleases({
    available: () => listAvailable(upstreamOf(repository)),
    refusals: loadRefusals(repository.root),
    pins: repository.releases,
    variants: repository.variants,
    preReleases: options.preReleases ?? false,
    ...(options.oldest ? { oldest: options.oldest } : {}),
  });
  repository.report(
    options.json ? JSON.stringify(list) : renderReleases(list, repository.variants),
  );
  return true;
});
