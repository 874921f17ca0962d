import type { Release } from '@vllm-cpu/sources/release';
import { lockChanges, lockIsComplete, lockRelease, readLock } from './build-lock-writer.ts';
import type { LockOrder } from './build-lock-writer.ts';
import type { ReleaseFiles } from '../release/release-files.ts';
import type { Pinned, PinRequest, PinResult } from '../write-pin.ts';

/** Resolves the lock, unless the one that is there has all that the release asks for. */
export async function withBuildLock(
  result: PinResult,
  files: ReleaseFiles,
  old: Release | undefined,
  {
    releasesDir,
    resolver,
    report = () => undefined,
  }: Pick<PinRequest, 'releasesDir' | 'resolver' | 'report'>,
): Promise<Pinned> {
  const { name, pin } = result;
  const { source } = pin;
  // Digests of another torch are of no use.
  const sameTorch = JSON.stringify(old?.source.torch) === JSON.stringify(source.torch);
  const kept = old?.environment;
  const unverified = { 'linux-x86_64': null, 'linux-aarch64': null };
  const environment = kept && { ...kept, torch: sameTorch ? kept.torch : unverified };
  const order: LockOrder = { name, source, environment, files };
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
