import { compare } from '@renovatebot/pep440';
import { parseWheelFileName } from '../wheel/file-name.ts';
import { checkPostfix, parseVersion } from '../wheel/version.ts';
import type { ProjectPage } from './simple-page.ts';

/** The versions of one upstream release that an index has. */
export interface Postfixes {
  /** `0.12.0` */
  release: string;
  /** Postfixes on the index in PEP 440 order; an empty string is the release itself. */
  existing: readonly string[];
  /** The last of them; undefined where the release is not there at all. */
  highest: string | undefined;
  /** `.postN` that nothing uses; `.post1` where there is no post-release. */
  nextFree: string;
}

/**
 * Looks up the postfixes of `release` on the pages of one or several projects; with several, the
 * next free one is free in all of them.
 */
export function findPostfixes(release: string, pages: readonly ProjectPage[]): Postfixes {
  const base = parseVersion(release).public;
  const versions = new Set(pages.flatMap(versionsOn));
  const existing = [...versions]
    .filter((version) => isVersionOf(base, version))
    .sort(compare)
    .map((version) => version.slice(base.length));
  const posts = existing.map((postfix) => Number(/^\.post(\d+)$/.exec(postfix)?.[1] ?? 0));
  return {
    release: base,
    existing,
    highest: existing.at(-1),
    nextFree: `.post${Math.max(0, ...posts) + 1}`,
  };
}

/** Whether `version` is `release` itself, or that with one postfix of ours. */
export function isVersionOf(release: string, version: string): boolean {
  if (version === release) return true;
  if (!version.startsWith(release)) return false;
  try {
    checkPostfix(version.slice(release.length));
    return true;
  } catch {
    return false;
  }
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
