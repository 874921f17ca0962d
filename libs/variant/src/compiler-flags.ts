import { AARCH64_FEATURES } from './aarch64-features.ts';
import { baselineFeatures } from './features.ts';
import type { Platform } from './features.ts';
import { X86_FEATURES } from './x86-features.ts';

/** The g++ flag for a CPU feature of x86-64, or undefined. */
export function compilerFlag(feature: string): string | undefined {
  return X86_FEATURES.find(({ name }) => name === feature)?.flag;
}

/** The CPU feature that a g++ flag stands for on x86-64, or undefined. */
export function featureOfFlag(flag: string): string | undefined {
  return X86_FEATURES.find((feature) => feature.flag === flag)?.name;
}

/** The features that an extension in `-march=armv8.2-a+extension` stands for; none where unknown. */
export function featuresOfExtension(extension: string): string[] {
  return AARCH64_FEATURES.filter((row) => row.extension === extension).map(({ name }) => name);
}

/** A program with one instruction of each feature, and the flags that it needs. */
export interface InstructionProbe {
  flags: readonly string[];
  /** Empty where there is nothing to try. */
  instructions: readonly string[];
}

/** What the compiler and the assembler must be able to emit for these features. */
export function instructionProbe(
  platform: Platform,
  features: readonly string[],
): InstructionProbe {
  if (platform === 'linux-x86_64') {
    const rows = X86_FEATURES.filter(({ name }) => features.includes(name));
    return { flags: rows.map(({ flag }) => flag), instructions: rows.map(({ probe }) => probe) };
  }
  // Every g++ for this architecture has the baseline.
  const rows = AARCH64_FEATURES.filter(
    ({ name, use }) => use !== 'baseline' && features.includes(name),
  );
  if (rows.length === 0) return { flags: [], instructions: [] };
  const march = ['-march=armv8.2-a', ...new Set(rows.map(({ extension }) => extension))].join('+');
  return { flags: [march], instructions: rows.map(({ probe }) => probe) };
}

/** What the compiler may use because every CPU of a level has it: the flags of the baseline in `requires`. */
export function baselineFlags(platform: Platform, requires: readonly string[]): string[] {
  if (platform !== 'linux-x86_64') return [];
  return baselineFeatures(platform)
    .filter((feature) => requires.includes(feature))
    .flatMap((feature) => compilerFlag(feature) ?? []);
}
