import { VllmCpuError } from '@vllm-cpu/system/errors';
import { refusalOf, releaseRefused } from '@vllm-cpu/sources/refusals';
import type { Refusal } from '@vllm-cpu/sources/refusals';
import { byVersion, isPreRelease, normalizedVersion } from './version.ts';
import type { AvailableRelease } from './version.ts';

/** `low` equals `high` where a single version was named. */
interface Span {
  low: string;
  high: string;
}

const NEIGHBOURS = 3;

/**
 * Resolves a selection such as "0.8.5, 0.11.0-0.11.2, v0.12.0" against the releases that exist.
 * Both ends of a range must exist. A range takes final and post-releases; candidates lie in it only
 * where one of its ends is a candidate, and it passes over refused releases between its ends.
 * @returns the selected releases without duplicates, lowest version first.
 * @throws VllmCpuError VERSION_SELECTION_EMPTY, VERSION_MALFORMED, VERSION_AMBIGUOUS,
 *   VERSION_RANGE_REVERSED, RELEASE_REFUSED, VERSION_UNKNOWN
 */
export function selectVersions(
  selection: string,
  available: readonly AvailableRelease[],
  refusals: readonly Refusal[] = [],
): AvailableRelease[] {
  const spans = parseSelection(selection);
  // Before anything is looked up: a repository that lacks them must not make it "unknown".
  for (const version of spans.flatMap(({ low, high }) => [low, high])) {
    const refusal = refusalOf(version, refusals);
    if (refusal) throw releaseRefused(version, refusal);
  }
  const chosen = new Map<string, AvailableRelease>();
  for (const span of spans) {
    const low = known(span.low, available);
    const high = known(span.high, available);
    const candidates = isPreRelease(span.low) || isPreRelease(span.high);
    for (const release of available) {
      const within =
        byVersion(low.version, release.version) <= 0 &&
        byVersion(release.version, high.version) <= 0;
      const wanted = candidates || !isPreRelease(release.version);
      if (within && wanted && !refusalOf(release.version, refusals)) {
        chosen.set(release.version, release);
      }
    }
  }
  return [...chosen.values()].sort((a, b) => byVersion(a.version, b.version));
}

function parseSelection(selection: string): Span[] {
  if (selection.trim() === '') {
    throw new VllmCpuError({
      code: 'VERSION_SELECTION_EMPTY',
      what: 'no release given',
      next: 'Give versions or ranges, for example --releases="0.8.5, 0.11.0-0.11.2".',
    });
  }
  return selection.split(',').map((item) => parseItem(item.trim(), selection));
}

/** A dash may also stand inside a version (0.11.0-rc1), so every dash is tried as the range's. */
function parseItem(item: string, selection: string): Span {
  const ranges = [...item.matchAll(/-/g)].flatMap(({ index }) => {
    const low = normalizedVersion(item.slice(0, index));
    const high = normalizedVersion(item.slice(index + 1));
    return low && high ? [{ low, high }] : [];
  });
  const single = normalizedVersion(item);
  const readings = single ? [{ low: single, high: single }, ...ranges] : ranges;
  const [reading, other] = readings;
  if (!reading) throw malformed(item, selection);
  if (other) throw ambiguous(item, reading.low, other);
  if (byVersion(reading.low, reading.high) > 0) {
    throw new VllmCpuError({
      code: 'VERSION_RANGE_REVERSED',
      what: `the range "${item}" is reversed`,
      why: `${reading.low} is higher than ${reading.high}.`,
      next: `Use ${reading.high}-${reading.low}.`,
    });
  }
  return reading;
}

function malformed(item: string, selection: string): VllmCpuError {
  return new VllmCpuError({
    code: 'VERSION_MALFORMED',
    what: item ? `"${item}" is neither a version nor a range` : `"${selection}" has an empty item`,
    why: 'Versions follow PEP 440. A leading v is allowed, a local version (+cpu) is not.',
    next: 'Separate items with commas, for example "0.8.5, 0.11.0-0.11.2, 0.12.0rc1".',
  });
}

/** PEP 440 reads 0.11.0-1 as a post-release; a person may have meant a range. */
function ambiguous(item: string, single: string, range: Span): VllmCpuError {
  return new VllmCpuError({
    code: 'VERSION_AMBIGUOUS',
    what: `"${item}" is ambiguous`,
    why: `It could be the version ${single} or the range from ${range.low} to ${range.high}.`,
    next: `Use ${single} for the version, or write the end of the range in full.`,
  });
}

function known(version: string, available: readonly AvailableRelease[]): AvailableRelease {
  const found = available.find((release) => byVersion(release.version, version) === 0);
  if (found) return found;
  const near = nearest(version, available);
  throw new VllmCpuError({
    code: 'VERSION_UNKNOWN',
    what: `upstream has no release ${version}`,
    why: near.length > 0 ? `Similar releases: ${near.join(', ')}.` : 'It has no release tags.',
    next: 'Choose an existing one: npx nx run upstream:releases lists them.',
  });
}

/** Releases around where `version` would stand; candidates only if it is one itself. */
function nearest(version: string, available: readonly AvailableRelease[]): string[] {
  const versions = available
    .map((release) => release.version)
    .filter((other) => isPreRelease(version) || !isPreRelease(other))
    .sort(byVersion);
  const place = versions.filter((other) => byVersion(other, version) < 0).length;
  return versions.slice(Math.max(0, place - NEIGHBOURS), place + NEIGHBOURS);
}
