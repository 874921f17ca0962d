import type { LockedPackage } from '@vllm-cpu/python/lock-file';
import { requirePin, writePin } from '../pin-file.ts';
import type { Release, ReleaseEnvironment } from '@vllm-cpu/sources/release';
import { lockChanges, lockRelease, readLock, writeLock } from './build-lock-writer.ts';
import type { LockChange } from './build-lock-writer.ts';
import type { ReleaseFiles } from '../release/release-files.ts';
import type { Resolver } from './resolve-lock.ts';

export interface RelockRequest {
  /** File names of the pins. */
  names: readonly string[];
  releasesDir: string;
  /** Asked for once it is known that all are pinned: to have one may mean to download it. */
  resolver: () => Promise<Resolver>;
  /** Calls `use` with the files of a pin's release: of its commit, or of its source distribution. */
  withFiles<T>(name: string, pin: Release, use: (files: ReleaseFiles) => Promise<T>): Promise<T>;
  /** ISO 8601: resolves as of that day, which the pin then says. */
  excludeNewer?: string | undefined;
  /** Says what would be written, and writes nothing. */
  dryRun?: boolean | undefined;
  report?: (line: string) => void;
}

export interface RelockResult {
  name: string;
  change: 'new' | 'changed' | 'unchanged';
  /** The day that it was resolved as of, ISO 8601. */
  excludeNewer: string;
  locked: LockChange[];
  /** Whether torch's files are known by digest, by platform. */
  torchVerified: Record<keyof ReleaseEnvironment['torch'], boolean>;
}

/**
 * Resolves the locks of pins anew. All are resolved before the first is written, so an error leaves
 * nothing half done.
 * @throws VllmCpuError RELEASE_UNKNOWN, UPSTREAM_SHAPE, LOCK_UNRESOLVED, LOCK_UNUSABLE
 */
export async function relock(request: RelockRequest): Promise<RelockResult[]> {
  const { names, releasesDir, excludeNewer, dryRun, report = () => undefined } = request;
  const pins = new Map<string, Release>();
  for (const name of names) pins.set(name, await requirePin(releasesDir, name));
  const resolver = await request.resolver();
  const resolved: (RelockResult & Written)[] = [];
  for (const [name, pin] of pins) {
    report(`locking the build environment of ${name}`);
    const { source, environment: known } = pin;
    const locked = await request.withFiles(name, pin, (files) =>
      lockRelease(resolver, { ...{ name, source, files, excludeNewer }, environment: known }),
    );
    const old = await readLock(releasesDir, name);
    const { environment, packages } = locked;
    const { torch } = environment;
    resolved.push({
      ...{ name, pin: { ...pin, environment }, packages },
      change: old ? 'unchanged' : 'new',
      excludeNewer: environment.excludeNewer,
      locked: lockChanges(old ?? [], packages),
      torchVerified: {
        'linux-x86_64': torch['linux-x86_64'] !== null,
        'linux-aarch64': torch['linux-aarch64'] !== null,
      },
    });
  }
  const results: RelockResult[] = [];
  for (const { pin, packages, ...result } of resolved) {
    const locked = { packages, environment: pin.environment };
    const lockChanged = await writeLock(releasesDir, result.name, locked, dryRun);
    const changed = (await writePin(releasesDir, result.name, pin, dryRun)) || lockChanged;
    results.push(
      changed && result.change === 'unchanged' ? { ...result, change: 'changed' } : result,
    );
  }
  return results;
}

interface Written {
  pin: Release & { environment: ReleaseEnvironment };
  packages: readonly LockedPackage[];
}
