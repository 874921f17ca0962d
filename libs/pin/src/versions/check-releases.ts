import type { NamedRelease } from '@vllm-cpu/sources/catalogue';
import { refusalOf } from '@vllm-cpu/sources/refusals';
import type { Refusal } from '@vllm-cpu/sources/refusals';
import { byVersion, isPreRelease, normalizedVersion, OLDEST_RELEASE } from './version.ts';
import type { AvailableRelease } from './version.ts';
import { VllmCpuError } from '@vllm-cpu/system/errors';

/** Which of upstream's releases are wanted. */
export interface WatchPolicy {
  /** Older releases are never new. */
  minimum?: string;
  /** Versions that are never pinned on their own. */
  exclude?: readonly string[];
  preReleases?: boolean;
  /** Releases that cannot be pinned. */
  refusals?: readonly Refusal[];
}

export interface UpstreamCheck {
  /** To be pinned, lowest first. */
  new: AvailableRelease[];
  /** Passed over by the policy or because they cannot be pinned, each with the reason. */
  passedOver: { version: string; reason: 'excluded' | 'refused' | 'pre-release' }[];
  /**
   * Pinned, but upstream's tag names another commit now, or is gone (`commit` null); of a source
   * distribution the SHA-256.
   */
  moved: { version: string; tag: string; pinned: string; commit: string | null }[];
  /** Whether anybody has something to do. */
  work: boolean;
}

/**
 * Compares upstream's release tags with the pins.
 * @throws VllmCpuError VERSION_MALFORMED for a version of the policy that is none
 */
export function checkReleases(
  available: readonly AvailableRelease[],
  pins: readonly NamedRelease[],
  policy: WatchPolicy = {},
): UpstreamCheck {
  const minimum = version(policy.minimum ?? OLDEST_RELEASE);
  const excluded = (policy.exclude ?? []).map(version);
  const check: UpstreamCheck = {
    new: [],
    passedOver: [],
    moved: movedTags(available, pins),
    work: false,
  };
  const candidates = available
    .filter((release) => byVersion(minimum, release.version) <= 0)
    .filter(
      ({ version: given }) => !pins.some((pin) => byVersion(pin.release.version, given) === 0),
    )
    .sort((a, b) => byVersion(a.version, b.version));
  for (const release of candidates) {
    const reason = reasonAgainst(release.version, excluded, policy);
    if (reason) check.passedOver.push({ version: release.version, reason });
    else check.new.push(release);
  }
  return { ...check, work: check.new.length > 0 || check.moved.length > 0 };
}

function reasonAgainst(
  given: string,
  excluded: readonly string[],
  { preReleases = false, refusals = [] }: WatchPolicy,
): UpstreamCheck['passedOver'][number]['reason'] | undefined {
  if (excluded.some((other) => byVersion(other, given) === 0)) return 'excluded';
  if (isPreRelease(given) && !preReleases) return 'pre-release';
  return refusalOf(given, refusals) ? 'refused' : undefined;
}

function movedTags(
  available: readonly AvailableRelease[],
  pins: readonly NamedRelease[],
): UpstreamCheck['moved'] {
  // Where only source distributions were listed, nothing is known of tags.
  const listsTags = available.some(({ commit }) => commit !== null);
  return pins.flatMap(({ release: { version, source } }) => {
    const { tag, commit, sdist } = source;
    if (sdist) {
      const listed = available.find(({ sdist: other }) => other?.file === sdist.file)?.sdist
        ?.sha256;
      const moved = listed !== undefined && listed !== sdist.sha256;
      return moved ? [{ version, tag, pinned: sdist.sha256, commit: listed }] : [];
    }
    const now = available.find((release) => release.tag === tag)?.commit ?? null;
    return listsTags && commit && now !== commit
      ? [{ version, tag, pinned: commit, commit: now }]
      : [];
  });
}

function version(text: string): string {
  const normalized = normalizedVersion(text);
  if (normalized) return normalized;
  throw new VllmCpuError({
    code: 'VERSION_MALFORMED',
    what: `invalid version "${text}"`,
    why: 'The minimum and the excluded versions follow PEP 440.',
    next: 'Use a form like 0.12.0 or 0.8.5.post1.',
  });
}
