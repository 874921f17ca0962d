import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { lock } from 'proper-lockfile';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { makeFolder } from '@vllm-cpu/system/writable-folder';
import { isCode } from './entry-files.ts';

/** The marker of https://bford.info/cachedir/: backup programs skip a folder that has it. */
const TAG = 'CACHEDIR.TAG';
const TAG_TEXT = 'Signature: 8a477f597d28d172789f06886806bc55\n# Made by vllm-cpu-cache-server.\n';

const STALE_MS = 5_000;

/** Seconds to wait for a folder: longer than the lock of a killed server lasts. */
const PATIENCE = 8;

/**
 * Claims a folder for this process: two servers in one folder would delete each other's uploads.
 * Waits as long as the lock of a killed server takes to expire, and no longer.
 * @returns a function that gives the folder back
 * @throws VllmCpuError NOT_A_CACHE_FOLDER, FOLDER_NOT_HAD, FOLDER_NOT_WRITABLE, DISK_FULL
 */
export async function claimFolder(
  directory: string,
  onLost: (error: Error) => void,
  patience = PATIENCE,
): Promise<() => Promise<void>> {
  try {
    await makeOwnFolder(directory);
    const names = await readdir(directory);
    if (names.length > 0 && !names.includes(TAG)) throw foreign(directory);
    await writeFile(join(directory, TAG), TAG_TEXT);
    return await lock(directory, {
      stale: STALE_MS,
      update: STALE_MS / 5,
      lockfilePath: join(directory, 'server.lock'),
      retries: { retries: patience, factor: 1, minTimeout: 1_000 },
      onCompromised: onLost,
    });
  } catch (cause) {
    if (cause instanceof VllmCpuError) throw cause;
    const held = (cause as NodeJS.ErrnoException).code === 'ELOCKED';
    throw new VllmCpuError({
      code: 'FOLDER_NOT_HAD',
      what: held ? `another server is using ${directory}` : `cannot use the folder ${directory}`,
      why: cause instanceof Error ? cause.message : String(cause),
      next: held
        ? 'Stop the other server, or choose another folder with --directory.'
        : 'Check --directory, and that the user of this process can write to it.',
      cause,
    });
  }
}

/** Not by Node's recursive mkdir, which never ends in /proc. */
async function makeOwnFolder(directory: string): Promise<void> {
  await makeFolder(dirname(directory));
  await mkdir(directory, { mode: 0o700 }).catch((cause: unknown) => {
    if (!isCode(cause, 'EEXIST')) throw cause;
  });
}

function foreign(directory: string): VllmCpuError {
  return new VllmCpuError({
    code: 'NOT_A_CACHE_FOLDER',
    what: `${directory} contains files that are not a cache`,
    why: 'The cache server deletes old entries, so it only uses a folder of its own.',
    next: 'Set --directory to a new or empty folder.',
  });
}
