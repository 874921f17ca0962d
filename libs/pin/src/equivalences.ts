import { editsFor } from '@vllm-cpu/sources/edits';
import type { ReleaseEdit } from '@vllm-cpu/sources/edits';
import { moduleOfLevel } from '@vllm-cpu/sources/level-module';
import type { Release } from '@vllm-cpu/sources/release';
import { compilerFlag } from '@vllm-cpu/variant/compiler-flags';
import { levelOf } from '@vllm-cpu/variant/model';
import type { Variant } from '@vllm-cpu/variant/model';
import { singleLevels } from '@vllm-cpu/variant/sums';

export type Equivalence = Release['equivalences'][number];
export type Absence = Release['absent'][number];

/** Flags exist for x86-64 only; on aarch64 upstream knows one level, and one variant is built. */
const PLATFORM = 'linux-x86_64';

/** What of a release decides which of its variants are the same code. */
export interface CompiledRelease extends Pick<Release, 'version'> {
  source: Pick<Release['source'], 'isaFlags' | 'modules'>;
}

/**
 * The variants that a release's cmake cannot tell apart from a lower one, because it passes the
 * same flags for both: vnni up to 0.9.1 (no -mavx512vnni), amx up to 0.11.0 (no -mamx-tile). Of a
 * release with several modules, those that get the same module, edited in the same way: from 0.18.0 on
 * none for VNNI without BF16.
 * @throws VllmCpuError LEVEL_WITHOUT_MODULE
 */
export function cmakeEquivalences(
  release: CompiledRelease,
  variants: readonly Variant[],
  edits: readonly ReleaseEdit[],
): Equivalence[] {
  const lowest = new Map<string, string>();
  const equivalences: Equivalence[] = [];
  for (const variant of byRank(variants)) {
    const level = levelOf(variant, PLATFORM);
    if (!level) continue;
    const key = compiledAs(release, variant.name, level.requires, edits);
    const to = lowest.get(key);
    if (to === undefined) lowest.set(key, variant.name);
    else equivalences.push({ variant: variant.name, to, platform: PLATFORM, evidence: 'cmake' });
  }
  return equivalences;
}

/** The same text for two levels whose code is the same. */
function compiledAs(
  release: CompiledRelease,
  name: string,
  features: readonly string[],
  declared: readonly ReleaseEdit[],
): string {
  const edits = editsFor(declared, release, PLATFORM, features);
  const module = moduleOfLevel(release.source, { name, platform: PLATFORM, features, edits });
  if (module) return [module.name, ...module.flags, ...edits.map(({ id }) => id)].join(' ');
  // What is required, not only what is proven: a higher level is told apart by what it adds.
  const flags = flagsOf(features).filter((flag) => release.source.isaFlags.includes(flag));
  return flags.sort().join(' ');
}

/**
 * All equivalences of a release: those of its cmake, and those `recorded` from machine code for
 * variants that cmake does tell apart. Each names the lowest variant of its chain, which is the one
 * that is compiled.
 */
export function allEquivalences(
  release: CompiledRelease,
  variants: readonly Variant[],
  recorded: readonly Equivalence[],
  edits: readonly ReleaseEdit[],
): Equivalence[] {
  const known = cmakeEquivalences(release, variants, edits);
  const seen = recorded
    .filter(({ evidence }) => evidence === 'machine-code')
    .filter((entry) => !known.some((other) => isAbout(other, entry)));
  const all = [...known, ...seen];
  const lowest = (to: string, platform: string): string => {
    const next = all.find((entry) => isAbout(entry, { variant: to, platform }));
    // Every entry leads to a lower rank, so this ends.
    return next ? lowest(next.to, platform) : to;
  };
  return all.map((entry) => ({ ...entry, to: lowest(entry.to, entry.platform) }));
}

/** Whether two entries of a pin concern the same variant on the same platform. */
export function isAbout(
  entry: { variant: string; platform: string },
  other: { variant: string; platform: string },
): boolean {
  return entry.variant === other.variant && entry.platform === other.platform;
}

/**
 * Features that a variant proves at other releases, but for which this release's cmake has no flag,
 * so that no code for them can be in its wheel.
 */
export function cmakeAbsences(
  isaFlags: readonly string[],
  variants: readonly Variant[],
): Absence[] {
  return byRank(variants).flatMap((variant) => {
    const features = (levelOf(variant, PLATFORM)?.proves ?? []).filter((feature) => {
      const flag = compilerFlag(feature);
      return flag !== undefined && !isaFlags.includes(flag);
    });
    if (features.length === 0) return [];
    const flags = flagsOf(features).join(', ');
    const reason = `this release's cmake never passes ${flags}`;
    return [{ variant: variant.name, platform: PLATFORM, features, reason } as const];
  });
}

/** A sum of levels has no code of its own. */
function byRank(variants: readonly Variant[]): Variant[] {
  return singleLevels(variants).sort((a, b) => a.rank - b.rank);
}

function flagsOf(features: readonly string[]): string[] {
  return features.map(compilerFlag).filter((flag) => flag !== undefined);
}
