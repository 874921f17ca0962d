import type { FeatureUse } from '@vllm-cpu/isa/scan-result';
import { normalizeProjectName } from '@vllm-cpu/wheel/file-name';
import { allowEntryFor, type AllowEntry } from './allow.ts';
import type { VerifyContext } from '../context.ts';
import { demangle } from '../facts/demangle.ts';

/** Uses of one module beyond what is allowed, after the reviewed exceptions. */
export interface SplitUses {
  /** With readable function names. */
  remaining: FeatureUse[];
  excepted: { use: FeatureUse; entry: AllowEntry }[];
}

type Context = Pick<VerifyContext, 'allow' | 'facts' | 'runner' | 'env'>;

/** The project of the wheel's file name, as reviewed entries name it. */
export function distributionOf({ facts }: Pick<VerifyContext, 'facts'>): string {
  return normalizeProjectName(facts.fileName.split('-')[0] ?? '');
}

/** Tells what persons have reviewed from what nobody has. */
export async function splitUses(context: Context, uses: readonly FeatureUse[]): Promise<SplitUses> {
  const split: SplitUses = { remaining: [], excepted: [] };
  if (uses.length === 0) return split;
  const names = await demangle(
    uses.map((use) => use.function),
    context.runner,
    context.env,
  );
  const distribution = distributionOf(context);
  for (const use of uses) {
    const name = names.get(use.function) ?? use.function;
    const entry = allowEntryFor(context.allow.entries, use, name, distribution);
    if (entry) split.excepted.push({ use, entry });
    else split.remaining.push({ ...use, function: name });
  }
  return split;
}

/**
 * Features that a module has in reviewed functions and nowhere else, by file: they say nothing about
 * the CPU that it needs.
 */
export async function exceptedFeatures(
  context: Context,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const features = new Map<string, ReadonlySet<string>>();
  for (const { name, scan } of context.facts.modules) {
    const counts = new Map<string, number>();
    for (const { use } of (await splitUses(context, scan?.findings ?? [])).excepted) {
      counts.set(use.feature, (counts.get(use.feature) ?? 0) + use.count);
    }
    const all = [...counts].filter(([feature, count]) => count === scan?.histogram[feature]);
    features.set(name, new Set(all.map(([feature]) => feature)));
  }
  return features;
}
