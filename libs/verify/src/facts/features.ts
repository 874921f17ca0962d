import { equivalentTo } from '@vllm-cpu/sources/catalogue';
import type { Release } from '@vllm-cpu/sources/release';
import { baselineFeatures } from '@vllm-cpu/variant/features';
import type { Platform } from '@vllm-cpu/variant/features';
import { levelOf } from '@vllm-cpu/variant/model';
import type { Variant } from '@vllm-cpu/variant/model';
import { singleLevels } from '@vllm-cpu/variant/sums';

/** What a wheel may use, must show, and must not show although its variant would allow it. */
export interface FeatureExpectation {
  allowed: readonly string[];
  expected: readonly string[];
  /** Recorded as absent at this release: seen, they prove the record wrong. */
  absent: readonly string[];
  /** The lower variant whose compile serves this one, where the pin records it. */
  equivalentTo: string | undefined;
}

/** The platform's baseline plus what the variant requires; undefined where it is not built. */
export function allowedFeatures(variant: Variant, platform: Platform): string[] | undefined {
  const level = levelOf(variant, platform);
  return level && [...new Set([...baselineFeatures(platform), ...level.requires])];
}

export function featureExpectation(
  variant: Variant,
  release: Release | undefined,
  platform: Platform,
  variants: readonly Variant[],
): FeatureExpectation | undefined {
  const allowed = allowedFeatures(variant, platform);
  const own = levelOf(variant, platform)?.proves;
  if (!allowed || !own) return undefined;
  const twin = release && equivalentTo(release, variant.name, platform);
  const other = variants.find(({ name }) => name === twin);
  const proves = (other && levelOf(other, platform)?.proves) ?? own;
  const recorded = (release?.absent ?? [])
    .filter((entry) => entry.platform === platform)
    .filter((entry) => entry.variant === variant.name || entry.variant === twin)
    .flatMap(({ features }) => features);
  const expected = proves.filter((feature) => !recorded.includes(feature));
  const unproven = own.filter((feature) => !proves.includes(feature));
  const absent = [...new Set([...recorded, ...unproven])];
  return { allowed, expected, absent, equivalentTo: twin };
}

/** The lowest variant whose CPUs have all `features`; undefined where none does. */
export function lowestVariantFor(
  features: readonly string[],
  variants: readonly Variant[],
  platform: Platform,
): Variant | undefined {
  return singleLevels(variants)
    .sort((a, b) => a.rank - b.rank)
    .find((variant) => {
      const allowed = allowedFeatures(variant, platform);
      return allowed && features.every((feature) => allowed.includes(feature));
    });
}
