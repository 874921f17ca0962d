import { VllmCpuError } from '@vllm-cpu/system/errors';
import { releaseNamed, variantNamed } from '@vllm-cpu/sources/catalogue';
import { linkedOneDnn } from '@vllm-cpu/sources/onednn-build';
import type { Release } from '@vllm-cpu/sources/release';
import { hostPlatform } from '@vllm-cpu/variant/features';
import type { Platform } from '@vllm-cpu/variant/features';
import { levelOf } from '@vllm-cpu/variant/model';
import type { Variant } from '@vllm-cpu/variant/model';
import type { CompileSubject } from '@vllm-cpu/sources/compile-subject';
import type { Repository } from './repository.ts';

/**
 * The variant and the release that an executor works on, on this host's platform.
 * @throws VllmCpuError VARIANT_UNKNOWN, RELEASE_UNKNOWN, PLATFORM_NOT_BUILT
 */
export function subjectOf(
  repository: Pick<Repository, 'variants' | 'releases'>,
  options: { variant: string; release: string },
): CompileSubject {
  const variant = variantNamed(repository.variants, options.variant);
  const release = releaseNamed(repository.releases, options.release);
  const platform = hostPlatform();
  const level = platform && levelOf(variant, platform);
  if (!platform || !level) {
    throw new VllmCpuError({
      code: 'PLATFORM_NOT_BUILT',
      what: `${variant.distribution} is not built on ${platform ?? `${process.platform} ${process.arch}`}`,
      why: `Platforms in its variant.json: ${Object.keys(variant.platforms).join(', ')}.`,
      next: 'Build it on one of these platforms.',
    });
  }
  const oneDnn = linkedOneDnn({ release, level, platform }, repository.releases);
  return { variant, level, releaseName: options.release, release, platform, oneDnn };
}

/**
 * A release with the variants that exist on this host's platform, lowest rank first.
 * @throws VllmCpuError RELEASE_UNKNOWN, PLATFORM_NOT_BUILT
 */
export function variantsOn(
  repository: Pick<Repository, 'variants' | 'releases'>,
  releaseName: string,
): { release: Release; platform: Platform; variants: readonly Variant[] } {
  const release = releaseNamed(repository.releases, releaseName);
  const platform = hostPlatform();
  const variants = platform
    ? repository.variants.filter((variant) => levelOf(variant, platform))
    : [];
  if (platform && variants.length > 0) return { release, platform, variants };
  throw new VllmCpuError({
    code: 'PLATFORM_NOT_BUILT',
    what: `wheels cannot be built on ${process.platform} ${process.arch}`,
    next: 'Use Linux on x86-64 or aarch64.',
  });
}
