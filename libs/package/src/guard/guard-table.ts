import type { Release } from '@vllm-cpu/sources/release';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import type { Platform } from '@vllm-cpu/variant/features';
import { levelOf, type Variant } from '@vllm-cpu/variant/model';
import { isSum, levelFolder, levelsIn, singleLevels } from '@vllm-cpu/variant/sums';
import { featureBits } from './feature-bits.ts';

/** Its place in the wheel. */
export const GUARD_TABLE = 'vllm/_cpu_guard_table.py';

type Equivalence = Release['equivalences'][number];

/** What the guard of one wheel knows. */
export interface GuardFacts {
  distribution: string;
  /** Public version of the wheel, suffix included. */
  version: string;
  /** Upstream's version. */
  release: string;
  platform: Platform;
  /** All variants, in any order; those without this platform are left out. */
  variants: readonly Variant[];
  /** Which variants are the same code at this release, by short names. */
  equivalences: readonly Pick<Equivalence, 'variant' | 'to' | 'platform'>[];
}

/** The module `vllm/_cpu_guard_table.py`: the data of one wheel for `_cpu_guard.py`. */
export function guardTable(facts: GuardFacts): string {
  const variants = [...facts.variants].sort((a, b) => a.rank - b.rank);
  const levels = singleLevels(variants).flatMap((variant) => {
    const level = levelOf(variant, facts.platform);
    return level ? [{ name: variant.distribution, requires: level.requires }] : [];
  });
  const bits = featureBits(facts.platform);
  const features = [...new Set(levels.flatMap((level) => level.requires))];
  return [
    '# SPDX-License-Identifier: Apache-2.0',
    '"""Written when the wheel was packaged: what it needs, and what its siblings need."""',
    '',
    `DISTRIBUTION = ${python(facts.distribution)}`,
    versionLine(facts.version),
    `RELEASE = ${python(facts.release)}`,
    `PLATFORM = ${python(facts.platform)}`,
    '',
    '# feature: (word, bit, state that must be enabled, state that must be grantable)',
    'FEATURES = {',
    ...features.map((feature) => {
      const at = bits[feature];
      if (!at) throw unknownFeature(feature);
      return `    ${python(feature)}: (${at.word}, ${at.bit}, ${at.state}, ${at.grant}),`;
    }),
    '}',
    '',
    '# The packages of one level each, lowest first.',
    'VARIANTS = (',
    ...levels.map((level) => `    (${python(level.name)}, ${python(level.requires.join(' '))}),`),
    ')',
    '',
    '# The levels that this package has, lowest first: name, package, folder of its module.',
    'LEVELS = (',
    ...ownLevels(facts, variants).map((words) => `    (${words.map(python).join(', ')}),`),
    ')',
    '',
    '# All packages, which share their files.',
    'FAMILY = (',
    ...variants.map(({ distribution }) => `    ${python(distribution)},`),
    ')',
    '',
    '# The same code under two names at this release.',
    'EQUIVALENT = (',
    ...equivalents(facts).map(([name, to]) => `    (${python(name)}, ${python(to)}),`),
    ')',
    '',
  ].join('\n');
}

/** One row for each level of the wheel; a module that is in vllm/ itself has no folder. */
function ownLevels(
  { distribution, platform, equivalences }: GuardFacts,
  variants: readonly Variant[],
): [name: string, distribution: string, folder: string][] {
  const own = variants.find((variant) => variant.distribution === distribution);
  if (!own) throw unknownDistribution(distribution);
  return levelsIn(own, platform, variants).map(({ name, distribution: single }) => {
    const twin = equivalences.find((one) => one.variant === name && one.platform === platform);
    return [name, single, isSum(own) ? levelFolder(twin?.to ?? name) : ''];
  });
}

/** Distributions and what they are equal to on this platform. */
function equivalents({ variants, equivalences, platform }: GuardFacts): [string, string][] {
  const named = new Map(variants.map((variant) => [variant.name, variant.distribution]));
  return equivalences.flatMap((entry): [string, string][] => {
    const [name, to] = [named.get(entry.variant), named.get(entry.to)];
    return entry.platform === platform && name && to ? [[name, to]] : [];
  });
}

/** The same table for another version of the same wheel. @throws VllmCpuError GUARD_TABLE_UNKNOWN */
export function withGuardVersion(table: string, version: string): string {
  const line = /^VERSION = "[^"\n]*"$/gm;
  if (table.match(line)?.length !== 1) {
    throw new VllmCpuError({
      code: 'GUARD_TABLE_UNKNOWN',
      what: `${GUARD_TABLE} does not contain VERSION exactly once`,
      why: 'The wheel was packaged by another program or changed afterwards.',
      next: 'Package it again from the compiled wheel.',
    });
  }
  return table.replace(line, versionLine(version));
}

function versionLine(version: string): string {
  return `VERSION = ${python(version)}`;
}

/** JSON's strings are Python's too, for the plain text that stands here. */
function python(text: string): string {
  return JSON.stringify(text);
}

function unknownFeature(feature: string): VllmCpuError {
  return new VllmCpuError({
    code: 'GUARD_FEATURE_UNKNOWN',
    what: `the guard cannot detect the CPU feature ${feature}`,
    why: 'Without detection, the wheel could load on a CPU that cannot run it.',
    next: 'Add its row to libs/variant/src/x86-features.ts or aarch64-features.ts.',
  });
}

function unknownDistribution(distribution: string): VllmCpuError {
  return new VllmCpuError({
    code: 'GUARD_DISTRIBUTION_UNKNOWN',
    what: `no variant is published as ${distribution}`,
    why: 'The guard knows what the wheel requires from its variant.',
    next: 'Name one of the distributions in packages/variant-*/variant.json.',
  });
}
