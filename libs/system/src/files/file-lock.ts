import { lock } from 'proper-lockfile';
import { VllmCpuError } from '../errors.ts';
import { makeFolder } from './writable-folder.ts';

const STALE_MS = 30_000;
const WAIT_MS = 4 * 60 * 60 * 1000;
const POLL_MS = 500;

/**
 * Runs `action` while holding an exclusive lock on `directory` (made when missing). Several nx
 * processes on one workspace are normal, so this waits; the lock of a killed process expires after
 * 30 seconds without a heartbeat.
 * @throws VllmCpuError FOLDER_NOT_WRITABLE, DISK_FULL, LOCK_NOT_HAD, or LOCK_LOST where the heartbeat stopped for so long that another
 *   process may have worked in the directory meanwhile
 */
export async function withLock<T>(
  directory: string,
  action: () => Promise<T>,
  onWait: (line: string) => void = () => undefined,
): Promise<T> {
  await makeFolder(directory);
  const started = Date.now();
  let told = false;
  let lost: Error | undefined;
  for (;;) {
    let release: (() => Promise<void>) | undefined;
    try {
      release = await lock(directory, {
        stale: STALE_MS,
        update: 5_000,
        realpath: true,
        // By default this throws where nobody can catch it.
        onCompromised: (error) => (lost = error),
      });
    } catch (cause) {
      const held = (cause as NodeJS.ErrnoException).code === 'ELOCKED';
      if (!held || Date.now() - started > WAIT_MS) throw notHad(directory, cause);
      if (!told) onWait(`waiting for another process that works in ${directory}`);
      told = true;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      continue;
    }
    try {
      const result = await action();
      if (lost) throw lockLost(directory, lost);
      return result;
    } finally {
      // A lost lock is no longer ours to give back.
      await release().catch(() => undefined);
    }
  }
}

function notHad(directory: string, cause: unknown): VllmCpuError {
  return new VllmCpuError({
    code: 'LOCK_NOT_HAD',
    what: `could not lock ${directory}`,
    why: cause instanceof Error ? cause.message : String(cause),
    next: 'Check that the directory is writable and the disk is not full, then try again.',
    cause,
  });
}

function lockLost(directory: string, cause: Error): VllmCpuError {
  return new VllmCpuError({
    code: 'LOCK_LOST',
    what: `the lock on ${directory} was lost`,
    why: `This process was suspended for over ${STALE_MS / 1000} seconds (${cause.message}), and another process may have taken the lock.`,
    next: 'Try again. The result of this run was discarded.',
    cause,
  });
}
