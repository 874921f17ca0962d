import { baselineFeatures } from './features.ts';
import type { Platform } from './features.ts';
import { levelOf } from './model.ts';
import type { Variant } from './model.ts';

/** What every wheel of a platform may use, in the words of its makers. */
export const BASELINE_WORDS: Readonly<Record<Platform, string>> = {
  'linux-x86_64': 'AVX2 (x86-64-v3)',
  'linux-aarch64': 'armv8.2-a with fp16 and dotprod',
};

/** The features that a CPU must have for `variant` beyond its platform's baseline. */
export function beyondBaseline(variant: Variant, platform: Platform): string[] {
  const baseline = baselineFeatures(platform);
  const requires = levelOf(variant, platform)?.requires ?? [];
  return requires.filter((feature) => !baseline.includes(feature));
}
