import type { LockedPackage } from '../requirements/lock-file.ts';
import type { Release, ReleaseSource } from '../sources/release.ts';
import type { Git } from '../sources/git.ts';
import { ensurePinnedCommit } from '../sources/upstream-repository.ts';
import { VllmCpuError } from '../system/errors.ts';
import type { Variant } from '../variant/model.ts';
import {
  lockChanges,
  lockIsComplete,
  lockRelease,
  readLock,
  writeLock,
} from './build-lock-writer.ts';
import type { LockChange, LockOrder } from './build-lock-writer.ts';
import { allEquivalences, cmakeAbsences, isAbout } from './equivalences.ts';
import type { Absence } from './equivalences.ts';
import { readPin, writePin } from './pin-file.ts';
import { commitFiles, readRelease } from './read-release.ts';
import type { CommitAt } from './read-release.ts';
import { listReleaseTags, listTags } from './release-tags.ts';
import type { Resolver } from './resolve-lock.ts';
import { selectVersions } from './version-selection.ts';

export interface PinRequest {
  /** "0.8.5, 0.11.0-0.11.2" */
  selection: string;
  /** Git URL or path of a local repository; the pin records the official URL either way. */
  repository: string;
  /** Bare repository that tags are fetched into when `repository` is a URL. */
  store: string;
  /** Git URL or path of oneDNN's repository; without it its commits stay unverified. */
  oneDnnRepository?: string;
  releasesDir: string;
  variants: readonly Variant[];
  git: Git;
  /** Makes what resolves the locks; without it none is written, and those that are there stay. */
  resolver?: () => Promise<Resolver>;
  /** Says what would be written, and writes nothing. */
  dryRun?: boolean;
  /** Accepts a tag that names another commit than its pin. */
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

/**
 * Pins every selected release. All are read before the first is written, so an error leaves
 * nothing half done.
 * @throws VllmCpuError those of selectVersions, UPSTREAM_UNREACHABLE, UPSTREAM_SHAPE,
 *   RELEASE_UNIFIED, UPSTREAM_TAG_MOVED, LOCK_UNRESOLVED, LOCK_UNUSABLE
 */
export async function pinReleases(request: PinRequest): Promise<PinResult[]> {
  const { git, repository, releasesDir, variants, report = () => undefined } = request;
  const chosen = selectVersions(request.selection, await listReleaseTags(git, repository));
  const oneDnnTags = request.oneDnnRepository
    ? await listTags(git, request.oneDnnRepository)
    : undefined;
  const results: Pinned[] = [];
  for (const release of chosen) {
    const old = await readPin(releasesDir, release.version);
    if (!request.force) {
      refuseMoved(`the tag ${release.tag}`, release.commit, old?.source.commit);
    }
    report(`reading ${release.tag} (${results.length + 1} of ${chosen.length})`);
    const { tag, commit } = release;
    const found = await ensurePinnedCommit(
      git,
      request.store,
      { from: repository, tag, commit },
      report,
    );
    const read = await readRelease(release, { git, ...found }, oneDnnTags);
    const source = withVerifiedOneDnn(read, old, request.force);
    const merged = merge(release.version, source, variants, old);
    results.push(await withBuildLock(merged, { git, ...found }, old, request));
  }
  return write(results, request);
}

/** A result, and the lock that is written with it: undefined where the one that is there stays. */
type Pinned = PinResult & { packages?: readonly LockedPackage[] };

/** Resolves the lock, unless the one that is there has all that the release asks for. */
async function withBuildLock(
  result: PinResult,
  at: CommitAt,
  old: Release | undefined,
  { releasesDir, resolver, report = () => undefined }: PinRequest,
): Promise<Pinned> {
  const { name, pin } = result;
  const { source } = pin;
  // Digests of another torch are of no use.
  const sameTorch = JSON.stringify(old?.source.torch) === JSON.stringify(source.torch);
  const kept = old?.environment;
  const unverified = { 'linux-x86_64': null, 'linux-aarch64': null };
  const environment = kept && { ...kept, torch: sameTorch ? kept.torch : unverified };
  const order: LockOrder = {
    ...{ name, source, environment },
    files: commitFiles(at, `vLLM ${name}`),
  };
  const before = (await readLock(releasesDir, name)) ?? [];
  const stays = environment && before.length > 0 && (await lockIsComplete(before, order));
  if (!resolver || stays) return { ...result, pin: environment ? { ...pin, environment } : pin };
  report(`locking the build environment of ${name}`);
  const locked = await lockRelease(await resolver(), order);
  return {
    ...result,
    ...{ packages: locked.packages, locked: lockChanges(before, locked.packages) },
    pin: { ...pin, environment: locked.environment },
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

function refuseMoved(tag: string, commit: string, pinned: string | null | undefined): void {
  if (!pinned || pinned === commit) return;
  throw new VllmCpuError({
    code: 'UPSTREAM_TAG_MOVED',
    what: `${tag} names ${commit}, but its pin says ${pinned}`,
    why: 'A moved tag means other source code than the one that was reviewed.',
    next: 'Find out why it moved; if the new commit is right, write the pin anew with upstream:pin --force.',
  });
}

/** A pin's new content: source read anew, what people and builds recorded kept. */
function merge(
  version: string,
  source: ReleaseSource,
  variants: readonly Variant[],
  old: Release | undefined,
): PinResult {
  const recorded = old?.equivalences.filter(({ evidence }) => evidence === 'machine-code') ?? [];
  const moved = old !== undefined && old.source.commit !== source.commit;
  const notes = moved
    ? recorded.map((entry) => `${entry.variant} = ${entry.to} was seen at another commit: dropped`)
    : [];
  const equivalences = allEquivalences(source.isaFlags, variants, moved ? [] : recorded);
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
