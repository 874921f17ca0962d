import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { formatLock, lockedOn, parseLock, unmetBy } from '@vllm-cpu/python/lock-file';
import type { LockedPackage } from '@vllm-cpu/python/lock-file';
import { pythonsIn } from '@vllm-cpu/python/python-versions';
import { parseRequirements, requirementsOn } from '@vllm-cpu/python/requirements-file';
import type { ReleaseEnvironment, ReleaseSource } from '@vllm-cpu/sources/release';
import { writeAtomically } from '@vllm-cpu/system/files';
import { PLATFORMS } from '@vllm-cpu/variant/features';
import { pinPath } from '../pin-file.ts';
import { shapeError } from '../facts/shape.ts';
import type { ReleaseFiles } from '../release/release-files.ts';
import { resolveLock } from './resolve-lock.ts';
import type { Resolver } from './resolve-lock.ts';
import { torchHashes } from './torch-hashes.ts';

/** Tools that were there when a release was made, and some days of repairs to them. */
const DAYS_AFTER_RELEASE = 14;

export interface LockedRelease {
  packages: readonly LockedPackage[];
  environment: ReleaseEnvironment;
}

/** One line of what changed: null where the distribution was or is not locked. */
export interface LockChange {
  name: string;
  from: string | null;
  to: string | null;
}

export interface LockOrder {
  /** The pin's file name. */
  name: string;
  source: ReleaseSource;
  files: ReleaseFiles;
  /** Of the pin as it is, whose floors and day hold on. */
  environment: ReleaseEnvironment | undefined;
  /** ISO 8601, instead of the day that the pin says. */
  excludeNewer?: string | undefined;
}

/**
 * Resolves the lock of a release.
 * @throws VllmCpuError UPSTREAM_SHAPE, LOCK_UNRESOLVED, LOCK_UNUSABLE
 */
export async function lockRelease(resolver: Resolver, order: LockOrder): Promise<LockedRelease> {
  const { source, environment, files } = order;
  const excludeNewer =
    order.excludeNewer ?? environment?.excludeNewer ?? defaultDay(source.commitTime);
  const floors = environment?.floors ?? [];
  const packages = await resolveLock(resolver, {
    title: files.title,
    requiresPython: source.requiresPython,
    asked: parseRequirements(await buildRequirements(order)),
    torch: source.torch,
    ...{ floors, excludeNewer },
  });
  const torch = await torchHashes(resolver, source, environment?.torch);
  return { packages, environment: { excludeNewer, floors, torch } };
}

/** Whether `packages` have all that the release asks for, on both platforms and each Python. */
export async function lockIsComplete(
  packages: readonly LockedPackage[],
  order: LockOrder,
): Promise<boolean> {
  const text = await buildRequirements(order);
  return PLATFORMS.every((platform) =>
    pythonsIn(order.source.requiresPython).every((minor) => {
      const python = `${minor}.0`;
      const asked = requirementsOn(text, platform, python).filter(({ name }) => name !== 'torch');
      return unmetBy(lockedOn(packages, platform, python), asked).length === 0;
    }),
  );
}

async function buildRequirements({ files, source }: LockOrder): Promise<string> {
  const text = await files.read(source.buildRequirements);
  if (text === undefined) throw shapeError(files.title, `the file ${source.buildRequirements}`);
  return text;
}

function defaultDay(commitTime: number): string {
  const day = new Date((commitTime + DAYS_AFTER_RELEASE * 86_400) * 1000);
  return `${day.toISOString().slice(0, 10)}T00:00:00Z`;
}

/** Path of the lock beside the pin called `name`. */
function lockPath(releasesDir: string, name: string): string {
  return pinPath(releasesDir, name).replace(/\.json$/, '.lock.txt');
}

/** The lock beside a pin, or undefined where there is none. @throws VllmCpuError LOCK_INVALID */
export async function readLock(
  releasesDir: string,
  name: string,
): Promise<LockedPackage[] | undefined> {
  const path = lockPath(releasesDir, name);
  return existsSync(path) ? parseLock(await readFile(path, 'utf8'), path) : undefined;
}

function formatBuildLock({ packages, environment }: LockedRelease): string {
  return formatLock(packages, [
    'Build environment of the release, which compile installs with every digest checked.',
    `Written by upstream:relock as of ${environment.excludeNewer}. torch is not here: its index is another.`,
  ]);
}

/** Writes the lock, unless its file has that content already. @returns whether the file changed */
export async function writeLock(
  releasesDir: string,
  name: string,
  locked: LockedRelease,
  dryRun = false,
): Promise<boolean> {
  const path = lockPath(releasesDir, name);
  const text = formatBuildLock(locked);
  if (existsSync(path) && (await readFile(path, 'utf8')) === text) return false;
  if (!dryRun) await writeAtomically(path, text);
  return true;
}

/** What changed, by name; several versions of one name, for several Pythons, are listed together. */
export function lockChanges(
  old: readonly LockedPackage[],
  fresh: readonly LockedPackage[],
): LockChange[] {
  const versions = (lock: readonly LockedPackage[], name: string): string | null =>
    lock
      .filter((each) => each.name === name)
      .map(({ version }) => version)
      .sort()
      .join(', ') || null;
  const names = [...new Set([...old, ...fresh].map(({ name }) => name))].sort();
  return names
    .map((name) => ({ name, from: versions(old, name), to: versions(fresh, name) }))
    .filter(({ from, to }) => from !== to);
}

export function describeChange({ name, from, to }: LockChange): string {
  return `${name}: ${from ?? 'absent'} -> ${to ?? 'absent'}`;
}
