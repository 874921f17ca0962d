import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { makeFolder } from './writable-folder.ts';

/**
 * Lends `action` a new folder for as long as it runs. Its path begins with `prefix`, which is made in the
 * system's folder for temporary files unless it is absolute.
 * @throws VllmCpuError FOLDER_NOT_WRITABLE, DISK_FULL
 */
export async function withTemporaryFolder<Result>(
  prefix: string,
  action: (folder: string) => Promise<Result>,
): Promise<Result> {
  const path = prefix.startsWith('/') ? prefix : join(tmpdir(), prefix);
  await makeFolder(dirname(path));
  const folder = await mkdtemp(path);
  try {
    return await action(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
