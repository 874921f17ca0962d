import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { parseLock } from '@vllm-cpu/python/lock-file';
import type { LockedPackage } from '@vllm-cpu/python/lock-file';
import { RELEASES_FOLDER } from './catalogue.ts';

/** Path of the lock of a release's build environment, relative to the repository's root. */
export function buildLockFile(releaseName: string): string {
  return `${RELEASES_FOLDER}/${releaseName}.lock.txt`;
}

/** The command that writes it anew. */
export function relockCommand(releaseName: string): string {
  return `npx nx run upstream:relock --releases=${releaseName}`;
}

/**
 * The lock of a release's build environment; undefined where it has none.
 * @throws VllmCpuError LOCK_INVALID
 */
export async function readBuildLock(
  root: string,
  releaseName: string,
): Promise<LockedPackage[] | undefined> {
  const file = buildLockFile(releaseName);
  try {
    return parseLock(await readFile(join(root, file), 'utf8'), file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export function lockMissing(releaseName: string): VllmCpuError {
  return new VllmCpuError({
    code: 'LOCK_MISSING',
    what: `${buildLockFile(releaseName)} not found`,
    why: 'Without the lock, the build would use whatever versions the index has today.',
    next: `Create it: ${relockCommand(releaseName)}. Or set VLLM_CPU_PYTHON to an interpreter that has torch and the build tools.`,
  });
}
