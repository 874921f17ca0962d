import { compare } from '@renovatebot/pep440';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { sha256, stableJson } from '@vllm-cpu/system/digest';
import type { Platform } from '@vllm-cpu/variant/features';
import type { NamedRelease } from '../catalogue.ts';
import type { VariantLevel } from '@vllm-cpu/variant/model';
import type { Release } from '../release.ts';

/** One oneDNN that is built once, for every release and variant that links it. */
export interface OneDnnBuild {
  /** `v3.13-cxx20`; the target is `upstream:onednn-<name>`. */
  name: string;
  tag: string;
  /** The pinned commit; null: not verified. */
  commit: string | null;
  cxxStandard: number;
  /** cmake variables, as upstream sets them. */
  options: Readonly<Record<string, string>>;
}

/** The platforms on which oneDNN is a task of its own. On aarch64 upstream's cmake builds it on top of ACL. */
const BUILT_APART: readonly Platform[] = ['linux-x86_64'];

/** The oneDNN that a release links on a platform: `tag` is a full commit where upstream names no tag. */
export function pinnedOneDnn(
  { oneDnn, oneDnnAarch64 }: Pick<Release['source'], 'oneDnn' | 'oneDnnAarch64'>,
  platform: Platform,
): Release['source']['oneDnn'] {
  if (platform !== 'linux-aarch64' || !oneDnnAarch64) return oneDnn;
  return { tag: oneDnnAarch64.commit, commit: oneDnnAarch64.commit };
}

/** What a release asks of oneDNN, without a name. */
type Recipe = Omit<OneDnnBuild, 'name'>;

/** undefined: no oneDNN, a pin that does not know its settings, or a platform where upstream builds it. */
function recipeOf({ source }: Release, platform: Platform): Recipe | undefined {
  if (!source.oneDnn || !source.oneDnnOptions || !BUILT_APART.includes(platform)) return undefined;
  return {
    ...source.oneDnn,
    cxxStandard: source.cxxStandard ?? 17,
    options: source.oneDnnOptions,
  };
}

/**
 * The distinct oneDNNs of all pins, by name. Where several share tag and C++ standard, the one of the
 * newest release has the plain name, and the others end in a digest of what they are built with.
 */
export function oneDnnBuilds(releases: readonly NamedRelease[], platform: Platform): OneDnnBuild[] {
  const newestFirst = [...releases].sort((a, b) => compare(b.release.version, a.release.version));
  const builds = new Map<string, OneDnnBuild>();
  const named = new Map<string, string>();
  for (const { release } of newestFirst) {
    const recipe = recipeOf(release, platform);
    if (!recipe) continue;
    const identity = stableJson(recipe);
    if (builds.has(identity)) continue;
    const plain = `${recipe.tag}-cxx${recipe.cxxStandard}`;
    const name = named.has(plain) ? `${plain}-${sha256(identity).slice(0, 8)}` : plain;
    named.set(plain, identity);
    builds.set(identity, { name, ...recipe });
  }
  return [...builds.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What decides whether a compile links oneDNN. */
export interface LinkingLevel {
  release: Release;
  level: Pick<VariantLevel, 'requires'>;
  platform: Platform;
}

/** Whether upstream's cmake asks for oneDNN at all: up to 0.16.0 not for AVX2. */
export function linksOneDnn({ release, level, platform }: LinkingLevel): boolean {
  const { source } = release;
  if (!source.oneDnn) return false;
  return (
    source.modules !== undefined ||
    platform === 'linux-aarch64' ||
    level.requires.includes('avx512f')
  );
}

/**
 * The oneDNN of its own task that a compile links; undefined where it links none, or one that upstream
 * builds. `releases` are all pins, since the newest of them has the plain name.
 */
export function linkedOneDnn(
  subject: LinkingLevel,
  releases: readonly NamedRelease[],
): OneDnnBuild | undefined {
  const recipe = linksOneDnn(subject) ? recipeOf(subject.release, subject.platform) : undefined;
  if (!recipe) return undefined;
  return oneDnnBuilds(releases, subject.platform).find(
    (build) => stableJson({ ...build, ...recipe }) === stableJson(build),
  );
}

/** @throws VllmCpuError ONEDNN_UNKNOWN */
export function oneDnnBuildNamed(builds: readonly OneDnnBuild[], name: string): OneDnnBuild {
  const found = builds.find((build) => build.name === name);
  if (found) return found;
  throw new VllmCpuError({
    code: 'ONEDNN_UNKNOWN',
    what: `unknown oneDNN build ${name}: no pin uses it on this platform`,
    next: `Use one of ${builds.map((build) => build.name).join(', ') || 'none'}.`,
  });
}
