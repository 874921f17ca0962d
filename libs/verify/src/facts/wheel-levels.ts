import { equivalentTo } from '@vllm-cpu/sources/catalogue';
import type { Release } from '@vllm-cpu/sources/release';
import type { Platform } from '@vllm-cpu/variant/features';
import type { Variant } from '@vllm-cpu/variant/model';
import { isSum, levelFolder, levelOfFile, levelsIn } from '@vllm-cpu/variant/sums';

/** A level whose kernels are in a wheel, and the folder that has its module. */
export interface WheelLevel {
  variant: Variant;
  folder: string;
  /** Whether the code in a file is meant to be this level's. */
  has(file: string): boolean;
}

/**
 * The levels that a wheel of `variant` has: itself, or those of a sum that are code of their own at this
 * release, lowest first.
 */
export function wheelLevels(
  variant: Variant,
  release: Release | undefined,
  platform: Platform,
  variants: readonly Variant[],
): WheelLevel[] {
  if (!isSum(variant)) return [{ variant, folder: 'vllm', has: () => true }];
  return levelsIn(variant, platform, variants)
    .filter(({ name }) => !release || !equivalentTo(release, name, platform))
    .map((level) => ({
      variant: level,
      folder: levelFolder(level.name),
      has: (file) => levelOfFile(file) === level.name,
    }));
}
