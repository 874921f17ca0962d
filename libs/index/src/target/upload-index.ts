import { createSimpleClient } from '../read/index-reader.ts';
import { readingUrl } from '../read/reading-url.ts';
import { NO_LIMITS, PYPI_LIMITS } from './index-limits.ts';
import { isBuiltIn, isOnThisMachine, repositoryLabel } from './upload-repository.ts';
import type { IndexTarget } from './index-target.ts';
import type { UploadRepository } from './upload-repository.ts';

/** An index that takes uploads by the protocol of PyPI and is read by the simple API. */
export function uploadIndex(repository: UploadRepository): IndexTarget {
  // What pip is configured with may be a mirror of the index that was named.
  const isMirror = isBuiltIn(repository);
  return {
    label: repositoryLabel(repository),
    isLocal: isOnThisMachine(repository),
    limits: isBuiltIn(repository) ? PYPI_LIMITS : NO_LIMITS,
    repository,
    open: async (contextOf) => {
      const context = await contextOf();
      return createSimpleClient(await readingUrl(repository, context), context.http, { isMirror });
    },
    pipUrl: (location) => location,
    publish: (delivery) => delivery.upload(repository),
  };
}
