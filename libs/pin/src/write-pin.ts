import type { ReleaseEdit } from '@vllm-cpu/sources/edits';
import type { Refusal } from '@vllm-cpu/sources/refusals';
import type { LockedPackage } from '@vllm-cpu/python/lock-file';
import type { Release, ReleaseSource } from '@vllm-cpu/sources/release';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { writeLock } from './lock/build-lock-writer.ts';
import type { LockChange } from './lock/build-lock-writer.ts';
import { listAvailable } from './release/available-releases.ts';
import type { UpstreamAccess } from './release/available-releases.ts';
import { allEquivalences, cmakeAbsences, isAbout } from './equivalences.ts';
import type { Absence } from './equivalences.ts';
import { withBuildLock } from './lock/pin-lock.ts';
import { readPin, writePin } from './pin-file.ts';
import { readRelease } from './release/read-release.ts';
import type { Reading } from './release/read-release.ts';
import { isOther, refuseMoved, withSources } from './release/release-sources.ts';
import { listTags } from './versions/release-tags.ts';
import type { Resolver } from './lock/resolve-lock.ts';
import { selectVersions } from './versions/version-selection.ts';
import type { AvailableRelease } from './versions/version.ts';

export interface PinRequest {
  /** "0.8.5, 0.11.0-0.11.2" */
  selection: string;
  /** The pin records the official repository, whatever was read. */
  access: UpstreamAccess;
  /** Bare repository that tags are fetched into. */
  store: string;
  /** Git URL or path of oneDNN's repository; without it its commits stay unverified. */
  oneDnnRepository?: string;
  /** A oneDNN repository that cannot be reached is reported, and leaves its commits unverified. */
  oneDnnMayFail?: boolean;
  releasesDir: string;
  reading: Reading;
  refusals: readonly Refusal[];
  edits: readonly ReleaseEdit[];
  /** Makes what resolves the locks; without it none is written, and those that are there stay. */
  resolver?: () => Promise<Resolver>;
  /** Says what would be written, and writes nothing. */
  dryRun?: boolean;
  /** Accepts a tag, or a source distribution, other than the pinned one. */
  force?: boolean;
  report?: (line: string) => void;
}

export interface PinResult {
  name: string;
  pin: Release;
  /** `new` and `changed` are what a dry run would write; of the pin or of its lock. */
  change: 'new' | 'changed' | 'unchanged';
  /** What is locked otherwise than before. */
  locked: LockChange[];
  /** What the reader should know: recorded evidence that no longer applies. */
  notes: string[];
}

/** A result, and the lock that is written with it: undefined where the one that is there stays. */
export type Pinned = PinResult & { packages?: readonly LockedPackage[] };

/**
 * Pins every selected release. All are read before the first is written, so an error leaves
 * nothing half done.
 * @throws VllmCpuError those of selectVersions, UPSTREAM_UNREACHABLE, UPSTREAM_SHAPE,
 *   RELEASE_REFUSED, UPSTREAM_TAG_MOVED, SDIST_DIGEST, LOCK_UNRESOLVED, LOCK_UNUSABLE
 */
export async function pinReleases(request: PinRequest): Promise<PinResult[]> {
  const { releasesDir, report = () => undefined } = request;
  const chosen = await chosenReleases(request);
  const oneDnnTags = await listOneDnnTags(request);
  const results: Pinned[] = [];
  for (const release of chosen) {
    const old = await readPin(releasesDir, release.version);
    report(`reading ${release.tag} (${results.length + 1} of ${chosen.length})`);
    results.push(
      await withSources(release, old, request, async ({ origin, files }) => {
        const read = await readRelease(release, origin, files, request.reading, oneDnnTags);
        const source = withDecisions(withVerifiedOneDnn(read, old, request.force), old);
        return withBuildLock(merge(release.version, source, request, old), files, old, request);
      }),
    );
  }
  return write(results, request);
}

/** @throws VllmCpuError UPSTREAM_UNREACHABLE, where somebody named the repository */
async function listOneDnnTags({
  access,
  oneDnnRepository,
  oneDnnMayFail = false,
  report = () => undefined,
}: PinRequest): Promise<Map<string, string> | undefined> {
  if (!oneDnnRepository) return undefined;
  try {
    return await listTags(access.git, oneDnnRepository);
  } catch (cause) {
    if (!oneDnnMayFail || !(cause instanceof VllmCpuError)) throw cause;
    report(`${cause.what}: oneDNN's commits stay as they are in the pins, or unverified`);
    return undefined;
  }
}

/** What only the repository has is not "unknown" where just the index could be asked. */
async function chosenReleases({
  access,
  selection,
  refusals,
}: PinRequest): Promise<AvailableRelease[]> {
  const { releases, fallback } = await listAvailable(access);
  try {
    return selectVersions(selection, releases, refusals);
  } catch (error) {
    const unknown = error instanceof VllmCpuError && error.code === 'VERSION_UNKNOWN';
    throw (unknown && fallback) || error;
  }
}

/** Which optional parts are built is decided by a person, and kept. */
function withDecisions(source: ReleaseSource, old: Release | undefined): ReleaseSource {
  const { rust, tcmalloc } = old?.source ?? {};
  return {
    ...source,
    ...(source.rust === undefined || rust === undefined ? {} : { rust }),
    ...(source.tcmalloc === undefined || tcmalloc === undefined ? {} : { tcmalloc }),
  };
}

/**
 * Keeps a oneDNN commit that was verified before, where this run has no repository to ask.
 * @throws VllmCpuError UPSTREAM_TAG_MOVED
 */
function withVerifiedOneDnn(
  source: ReleaseSource,
  old: Release | undefined,
  force = false,
): ReleaseSource {
  const { oneDnn } = source;
  const verified = old?.source.oneDnn;
  if (!oneDnn || !verified?.commit || verified.tag !== oneDnn.tag) return source;
  if (!oneDnn.commit) return { ...source, oneDnn: verified };
  if (!force) refuseMoved(`oneDNN's tag ${oneDnn.tag}`, oneDnn.commit, verified.commit);
  return source;
}

/** A pin's new content: source read anew, what people and builds recorded kept. */
function merge(
  version: string,
  source: ReleaseSource,
  { reading: { variants }, edits }: PinRequest,
  old: Release | undefined,
): PinResult {
  const recorded = old?.equivalences.filter(({ evidence }) => evidence === 'machine-code') ?? [];
  const moved = old !== undefined && isOther(old.source, source);
  const notes = moved
    ? recorded.map((entry) => `${entry.variant} = ${entry.to} was seen in other sources: dropped`)
    : [];
  const kept = moved ? [] : recorded;
  const equivalences = allEquivalences({ version, source }, variants, kept, edits);
  const absent = withKnownAbsences(old?.absent ?? [], cmakeAbsences(source.isaFlags, variants));
  const pin = { version, active: old?.active ?? false, source, equivalences, absent };
  return { name: version, pin, change: old ? 'unchanged' : 'new', locked: [], notes };
}

/** What was recorded stays; features that cmake has no flag for are added where nobody did. */
function withKnownAbsences(recorded: readonly Absence[], known: readonly Absence[]): Absence[] {
  const added = known.flatMap((absence) => {
    const stated = recorded
      .filter((other) => isAbout(other, absence))
      .flatMap(({ features }) => features);
    const features = absence.features.filter((feature) => !stated.includes(feature));
    return features.length > 0 ? [{ ...absence, features }] : [];
  });
  return [...recorded, ...added];
}

async function write(
  results: readonly Pinned[],
  { releasesDir, dryRun }: { releasesDir: string; dryRun?: boolean },
): Promise<PinResult[]> {
  const written: PinResult[] = [];
  for (const { packages, ...result } of results) {
    const { name, pin } = result;
    const relocked =
      packages && pin.environment
        ? await writeLock(releasesDir, name, { packages, environment: pin.environment }, dryRun)
        : false;
    const changed = (await writePin(releasesDir, name, pin, dryRun)) || relocked;
    written.push(
      result.change === 'unchanged' && changed ? { ...result, change: 'changed' } : result,
    );
  }
  return written;
}
