import { compare, valid } from '@renovatebot/pep440';
import { parseWheelFileName } from '@vllm-cpu/wheel/file-name';
import { isVersionOf, parseVersion } from '@vllm-cpu/wheel/version';
import type { ProjectPage } from './simple-page.ts';

/** The versions of one upstream release that an index has. */
export interface Suffixes {
  /** `0.12.0` */
  release: string;
  /** Suffixes on the index in PEP 440 order; an empty string is the release itself. */
  existing: readonly string[];
  /** The last of them; undefined where the release is not there at all. */
  highest: string | undefined;
  /**
   * `.postN` that nothing uses; `.post1` where there is no post-release. Null where the release is a
   * post-release itself: PEP 440 has nothing after it.
   */
  nextFree: string | null;
}

/**
 * Looks up the suffixes of `release` on the pages of one or several projects; with several, the
 * next free one is free in all of them. Among the `pinned` versions are the post-releases of upstream,
 * which are not suffixes of ours.
 */
export function findSuffixes(
  release: string,
  pages: readonly ProjectPage[],
  pinned: readonly string[] = [],
): Suffixes {
  const base = parseVersion(release).public;
  const others = pinned
    .map((version) => parseVersion(version).public)
    .filter((version) => version !== base && isVersionOf(base, version));
  const existing = [...new Set(pages.flatMap(versionsOn))]
    .filter((version) => isVersionOf(base, version))
    .filter((version) => !others.some((other) => isVersionOf(other, version)))
    .sort(compare);
  const taken = [...existing, ...others].map((version) => version.slice(base.length));
  const posts = taken.map((suffix) => Number(/^\.post(\d+)$/.exec(suffix)?.[1] ?? 0));
  const nextFree = `.post${Math.max(0, ...posts) + 1}`;
  return {
    release: base,
    existing: existing.map((version) => version.slice(base.length)),
    highest: existing.at(-1)?.slice(base.length),
    nextFree: valid(`${base}${nextFree}`) ? nextFree : null,
  };
}

/** Public version of a listed wheel or source archive; undefined for a name that says none. */
export function versionOfFile(fileName: string): string | undefined {
  const sourceVersion = /^.+-([^-]+)\.(?:tar\.gz|zip)$/.exec(fileName)?.[1];
  try {
    return parseVersion(sourceVersion ?? parseWheelFileName(fileName).version).public;
  } catch {
    return undefined;
  }
}

function versionsOn(page: ProjectPage): string[] {
  return page.files.flatMap((file) => versionOfFile(file.fileName) ?? []);
}
