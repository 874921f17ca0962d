import { AARCH64_FEATURES } from './aarch64-features.ts';
import { X86_FEATURES } from './x86-features.ts';
import type { FeatureUse } from './x86-features.ts';

/**
 * CPU features in the spelling of /proc/cpuinfo, by platform. The kernel's names are the one
 * vocabulary of this project; all that is known of each is its row in x86-features.ts or
 * aarch64-features.ts.
 */
export const PLATFORMS = ['linux-x86_64', 'linux-aarch64'] as const;
export type Platform = (typeof PLATFORMS)[number];

interface NamedFeature {
  name: string;
  use: FeatureUse;
}

function namesOf(rows: readonly NamedFeature[], use: FeatureUse): readonly string[] {
  return rows.filter((row) => row.use === use).map(({ name }) => name);
}

/** x86-64-v3 of the x86-64 psABI: what every AVX2 CPU has. */
export const X86_64_BASELINE = namesOf(X86_FEATURES, 'baseline');

/** armv8.2-a with fp16 and dotprod: what upstream compiles for. */
export const AARCH64_BASELINE = namesOf(AARCH64_FEATURES, 'baseline');

const KNOWN: Record<Platform, readonly string[]> = {
  'linux-x86_64': [...X86_64_BASELINE, ...namesOf(X86_FEATURES, 'level')],
  'linux-aarch64': [...AARCH64_BASELINE, ...namesOf(AARCH64_FEATURES, 'level')],
};

const BASELINES: Record<Platform, readonly string[]> = {
  'linux-x86_64': X86_64_BASELINE,
  'linux-aarch64': AARCH64_BASELINE,
};

/** Every feature that a variant of this platform may name. */
export function knownFeatures(platform: Platform): readonly string[] {
  return KNOWN[platform];
}

/** The features that every wheel for this platform may use. */
export function baselineFeatures(platform: Platform): readonly string[] {
  return BASELINES[platform];
}

/** Node's (process.arch, process.platform) as a platform of ours, or undefined. */
export function hostPlatform(
  arch: string = process.arch,
  system: string = process.platform,
): Platform | undefined {
  if (system !== 'linux') return undefined;
  if (arch === 'x64') return 'linux-x86_64';
  return arch === 'arm64' ? 'linux-aarch64' : undefined;
}

/** The machine part of a platform as wheels and uname spell it: x86_64, aarch64. */
export function machineOf(platform: Platform): 'x86_64' | 'aarch64' {
  return platform === 'linux-x86_64' ? 'x86_64' : 'aarch64';
}
