import { VllmCpuError } from '@vllm-cpu/system/errors';
import { PLATFORMS } from './features.ts';
import type { Platform } from './features.ts';
import { levelOf } from './model.ts';
import type { StatedVariant, Variant, VariantLevel } from './model.ts';

/** Where a wheel of several levels has the module of each, in a folder of the level's name. */
const LEVELS_FOLDER = 'vllm/_cpu_levels';

/** The folder of one level's module in a wheel of several. */
export function levelFolder(variant: string): string {
  return `${LEVELS_FOLDER}/${variant}`;
}

/** The path that a file in a level's folder has in the wheel of that level alone; any other's own. */
export function fileOfLevel(file: string): string {
  return file.replace(/^vllm\/_cpu_levels\/[^/]+\//, 'vllm/');
}

/** The level in whose folder a file of a wheel of several levels is, or undefined. */
export function levelOfFile(file: string): string | undefined {
  const [, name] = /^vllm\/_cpu_levels\/([^/]+)\//.exec(file) ?? [];
  return name;
}

/**
 * The variants as files state them, lowest rank first, with what sums have of their levels.
 * @throws VllmCpuError VARIANT_LEVEL_UNKNOWN
 */
export function resolveVariants(stated: readonly StatedVariant[]): Variant[] {
  const byRank = [...stated].sort((a, b) => a.rank - b.rank);
  return byRank.map((variant) => {
    const platforms = PLATFORMS.flatMap((platform): [Platform, VariantLevel][] => {
      const level = variant.platforms[platform];
      if (!level) return [];
      const { requires, proves, levels } = level;
      if (requires && proves) return [[platform, { requires, proves }]];
      return [[platform, sumOf(variant.name, levels ?? [], platform, byRank)]];
    });
    return { ...variant, platforms: Object.fromEntries(platforms) };
  });
}

/** `variants` are in the order of their rank. */
function sumOf(
  sum: string,
  named: readonly string[],
  platform: Platform,
  variants: readonly StatedVariant[],
): VariantLevel {
  const isLevel = ({ platforms }: StatedVariant) => platforms[platform]?.requires !== undefined;
  const unknown = named.filter(
    (name) => !variants.some((one) => one.name === name && isLevel(one)),
  );
  const levels = variants.filter((one) => isLevel(one) && named.includes(one.name));
  const lowest = levels[0]?.platforms[platform];
  if (unknown.length === 0 && lowest?.requires && lowest.proves) {
    const { requires, proves } = lowest;
    return { requires, proves, levels: levels.map(({ name }) => name) };
  }
  throw new VllmCpuError({
    code: 'VARIANT_LEVEL_UNKNOWN',
    what: `packages/variant-${sum}/variant.json has the level ${unknown.join(', ')}, which no variant is on ${platform}`,
    why: 'A sum has the modules of other variants, each of which is one level.',
    next: `Name some of ${variants
      .filter(isLevel)
      .map(({ name }) => name)
      .join(', ')}.`,
  });
}

/** Whether a wheel of this variant has the modules of several levels. */
export function isSum(variant: Variant): boolean {
  return Object.values(variant.platforms).some((level) => level?.levels !== undefined);
}

/** The variants that are one level each: what a CPU is compared with. */
export function singleLevels(variants: readonly Variant[]): Variant[] {
  return variants.filter((variant) => !isSum(variant));
}

/** The levels that a wheel has, lowest first: those of a sum, else the variant itself. */
export function levelsIn(
  variant: Variant,
  platform: Platform,
  variants: readonly Variant[],
): Variant[] {
  const names = levelOf(variant, platform)?.levels;
  return names ? variants.filter(({ name }) => names.includes(name)) : [variant];
}
