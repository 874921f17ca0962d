import { satisfies } from '@renovatebot/pep440';
import { sha256, stableJson } from '@vllm-cpu/system/digest';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import type { Platform } from '@vllm-cpu/variant/features';
import { markerHolds } from './markers.ts';
import type { Requirement } from './requirements-file.ts';

/** One distribution of a lock: an exact version, and every file of it that may be installed. */
export interface LockedPackage {
  /** PEP 503 normalised. */
  name: string;
  version: string;
  /** PEP 508 environment marker; empty where the version is for everyone. */
  marker: string;
  /** SHA-256 in hexadecimal, sorted; at least one. */
  hashes: readonly string[];
}

/**
 * Reads a requirements file of exact versions with hashes, which is what uv and pip both take.
 * @param source names the file in errors
 * @throws VllmCpuError LOCK_INVALID
 * @see https://pip.pypa.io/en/stable/topics/secure-installs/#hash-checking-mode
 */
export function parseLock(text: string, source: string): LockedPackage[] {
  const lines = text
    .replace(/\\\r?\n/g, ' ')
    .split(/\r?\n/)
    .map((line) => line.replace(/(?:^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');
  return lines.map((line) => {
    const hashes = [...line.matchAll(/\s--hash=sha256:([0-9a-f]{64})(?=\s|$)/g)].map(
      ([, hash = '']) => hash,
    );
    const requirement = line.replace(/\s--hash=\S+/g, '').trim();
    const parts = /^([A-Za-z0-9][\w.-]*)==([^\s;]+)\s*(?:;\s*(.+))?$/.exec(requirement);
    if (!parts || hashes.length === 0) {
      throw new VllmCpuError({
        code: 'LOCK_INVALID',
        what: `${source} has a line that does not lock a version: ${requirement}`,
        why: 'Each line must be name==version, an optional marker, and at least one --hash=sha256:….',
        next: 'Regenerate the lock: npx nx run upstream:relock',
      });
    }
    const [, name = '', version = '', marker = ''] = parts;
    return { name: normalizedName(name), version, marker, hashes: hashes.sort() };
  });
}

/** What is installed on `platform` for `python` (X.Y.Z), by name. */
export function lockedOn(
  lock: readonly LockedPackage[],
  platform: Platform,
  python: string,
): LockedPackage[] {
  return lock
    .filter(({ marker }) => marker === '' || markerHolds(marker, platform, python) !== false)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** SHA-256 over names, versions and hashes; comments, order and markers do not count. */
export function lockDigest(packages: readonly LockedPackage[]): string {
  const content = packages.map(({ name, version, hashes }) => [name, version, hashes]);
  return sha256(stableJson(content));
}

/** The text of a requirements file. `heading`: lines of the comment on top. */
export function formatLock(
  packages: readonly LockedPackage[],
  heading: readonly string[] = [],
): string {
  const entries = packages.map(({ name, version, marker, hashes }) =>
    [
      `${name}==${version}${marker ? ` ; ${marker}` : ''}`,
      ...hashes.map((hash) => `--hash=sha256:${hash}`),
    ].join(' \\\n    '),
  );
  return `${[...heading.map((line) => `# ${line}`), ...entries].join('\n')}\n`;
}

/** What of `asked` the packages do not meet, as requirements; an empty list where they meet all. */
export function unmetBy(
  packages: readonly Pick<LockedPackage, 'name' | 'version'>[],
  asked: readonly Requirement[],
): string[] {
  return asked
    .filter(({ name, specifier }) => {
      const locked = packages.find((each) => each.name === name);
      return !locked || (specifier !== '' && !satisfies(locked.version, specifier));
    })
    .map(({ name, specifier }) => `${name}${specifier}`);
}

function normalizedName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}
