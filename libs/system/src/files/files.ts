import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { explainFault } from '../errors.ts';
import { makeFolder } from './writable-folder.ts';

export async function existsAsDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/**
 * Writes a whole file or nothing: to a neighbour first, flushed, then renamed into place.
 * @throws VllmCpuError DISK_FULL and the others of explainFault
 */
export async function writeAtomically(path: string, data: string | Uint8Array): Promise<void> {
  const fresh = `${path}.${process.pid}.tmp`;
  try {
    await makeFolder(dirname(path));
    const file = await open(fresh, 'w', 0o644);
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true });
    throw explainFault(error, path);
  }
}
