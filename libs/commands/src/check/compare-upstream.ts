import { listAvailable } from '@vllm-cpu/pin/available-releases';
import { checkReleases } from '@vllm-cpu/pin/check-releases';
import type { UpstreamCheck } from '@vllm-cpu/pin/check-releases';
import { loadRefusals } from '@vllm-cpu/sources/refusals';
import { itemsOf } from '@vllm-cpu/system/list-items';
import type { Repository } from '../repository.ts';
import { upstreamOf } from '../upstream-access.ts';

/** Which of upstream's releases count as new. */
export interface NewReleases {
  /** Older releases are never new. */
  minimum?: string | undefined;
  /** Versions to pass over, comma-separated. */
  exclude?: string | undefined;
  preReleases?: boolean | undefined;
}

/**
 * Compares what upstream has with the pins. The index is not asked.
 * @throws VllmCpuError UPSTREAM_UNREACHABLE, VERSION_MALFORMED
 */
export async function compareUpstream(
  { minimum, exclude, preReleases = false }: NewReleases,
  repository: Repository,
): Promise<UpstreamCheck> {
  const { releases } = await listAvailable(upstreamOf(repository));
  return checkReleases(releases, repository.releases, {
    refusals: loadRefusals(repository.root),
    ...(minimum ? { minimum } : {}),
    exclude: itemsOf(exclude),
    preReleases,
  });
}
