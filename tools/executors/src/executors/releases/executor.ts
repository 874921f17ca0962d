import { listReleases, renderReleases } from '../../pin/list-releases.ts';
import { executor } from '../executor.ts';
import { gitOf, upstreamOf } from '../upstream-options.ts';
import { releasesOptions } from './options.ts';

export default executor(releasesOptions, async (options, repository) => {
  const list = await listReleases({
    git: gitOf(repository),
    repository: upstreamOf(repository),
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
