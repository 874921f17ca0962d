import { compare, explain } from '@renovatebot/pep440';

/** The oldest release whose files this program is known to read. */
export const OLDEST_RELEASE = '0.8.5';

/** One release that upstream has: a tag of its repository, or a source distribution. */
export interface AvailableRelease {
  /** PEP 440, normalised, without a leading v. */
  version: string;
  /** As it stands after refs/tags/. */
  tag: string;
  /** Null where upstream was only asked for its source distributions. */
  commit: string | null;
  sdist?: {
    file: string;
    /** As the index lists it; undefined where only the file is known. */
    sha256: string | undefined;
  };
}

/**
 * The normalised public form of a PEP 440 version, a leading `v` allowed; null where `text` is not
 * one or names a local version. `valid()` of the library does not normalise, `explain()` does.
 */
export function normalizedVersion(text: string): string | null {
  const parts = explain(text.trim());
  return parts && parts.local === null ? parts.public : null;
}

/** Sorts versions that `normalizedVersion` gave, lowest first. */
export function byVersion(a: string, b: string): number {
  return compare(a, b);
}

/** Alpha, beta, candidate and development versions. */
export function isPreRelease(version: string): boolean {
  const parts = explain(version);
  return parts !== null && (parts.is_prerelease || parts.is_devrelease);
}
