import { VllmCpuError } from '@vllm-cpu/system/errors';
import { oneDnnBuildNamed, oneDnnBuilds } from '@vllm-cpu/sources/onednn-build';
import type { OneDnnBuild } from '@vllm-cpu/sources/onednn-build';
import { hostPlatform } from '@vllm-cpu/variant/features';
import type { Platform } from '@vllm-cpu/variant/features';
import type { Repository } from '../repository.ts';

/**
 * The oneDNN that the pins call `name`, on this host's platform.
 * @throws VllmCpuError PLATFORM_NOT_BUILT, ONEDNN_UNKNOWN
 */
export function oneDnnSubject(
  repository: Pick<Repository, 'releases'>,
  name: string,
): { build: OneDnnBuild; platform: Platform } {
  const platform = hostPlatform();
  if (!platform) {
    throw new VllmCpuError({
      code: 'PLATFORM_NOT_BUILT',
      what: `oneDNN is not built on ${process.platform} ${process.arch}`,
      next: 'Use Linux on x86-64 or aarch64.',
    });
  }
  return { build: oneDnnBuildNamed(oneDnnBuilds(repository.releases, platform), name), platform };
}
