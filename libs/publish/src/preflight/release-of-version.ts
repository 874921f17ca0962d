import { VllmCpuError } from '@vllm-cpu/system/errors';
import { isVersionOf } from '@vllm-cpu/wheel/version';
import type { NamedRelease } from '@vllm-cpu/sources/catalogue';

/**
 * The pin that a version, with or without a suffix of ours, belongs to. Upstream has post-releases of its
 * own: 0.8.5.post1 is that release before it is a suffix of 0.8.5.
 */
export function releaseOfVersion(
  version: string,
  releases: readonly NamedRelease[],
): NamedRelease | undefined {
  return (
    releases.find(({ release }) => release.version === version) ??
    releases
      .filter(({ release }) => isVersionOf(release.version, version))
      .sort((a, b) => b.release.version.length - a.release.version.length)[0]
  );
}

/** @throws VllmCpuError RELEASE_UNKNOWN */
export function requireReleaseOf(version: string, releases: readonly NamedRelease[]): NamedRelease {
  const found = releaseOfVersion(version, releases);
  if (found) return found;
  throw new VllmCpuError({
    code: 'RELEASE_UNKNOWN',
    what: `version ${version} is not a pinned release`,
    why: 'A wheel is checked against the pin of its release.',
    next: `Pin it (npx nx run upstream:pin --releases=${version}), or remove its wheels from the folder.`,
  });
}
