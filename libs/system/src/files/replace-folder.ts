import { constants } from 'node:fs';
import { access, mkdir, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { explainFault, VllmCpuError } from '../errors.ts';
import { formatSize } from '../format-size.ts';

/**
 * Lets `fill` write a new folder and puts it in the place of `output`, which stays as it was until the
 * new one is complete.
 */
export async function replaceFolder<Result>(
  output: string,
  fill: (fresh: string) => Promise<Result>,
): Promise<Result> {
  return withScratchFolder(output, async (fresh) => {
    const result = await fill(fresh);
    await rm(output, { recursive: true, force: true });
    await rename(fresh, output);
    return result;
  });
}

/**
 * Lends `action` an empty folder beside `base` for as long as it runs. What a killed process had borrowed
 * is removed by the next that asks for the same base.
 * @throws VllmCpuError FOLDER_NOT_WRITABLE, DISK_FULL
 */
export async function withScratchFolder<Result>(
  base: string,
  action: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = `${base}.${process.pid}`;
  await refuseUnwritable(dirname(base));
  await mkdir(dirname(base), { recursive: true });
  await removeStrays(base);
  try {
    await mkdir(folder);
    return await action(folder);
  } catch (error) {
    throw explainFault(error, base);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Removes the unfinished folders of processes that were killed. */
async function removeStrays(output: string): Promise<void> {
  const prefix = `${basename(output)}.`;
  for (const name of await readdir(dirname(output))) {
    const pid = name.startsWith(prefix) ? name.slice(prefix.length) : '';
    if (!/^\d+$/.test(pid) || (Number(pid) !== process.pid && isAlive(Number(pid)))) continue;
    await rm(join(dirname(output), name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Refuses, before minutes are spent, a folder that could not be written later. `next` is another way
 * than making that one writable.
 * @throws VllmCpuError FOLDER_NOT_WRITABLE
 */
export async function refuseUnwritable(folder: string, next?: string): Promise<void> {
  const existing = await nearestExisting(folder);
  const writable = await access(existing, constants.W_OK).then(
    () => true,
    () => false,
  );
  const isFolder = (await stat(existing)).isDirectory();
  if (writable && isFolder) return;
  throw new VllmCpuError({
    code: 'FOLDER_NOT_WRITABLE',
    what: `cannot write to ${folder}`,
    why: `${existing} ${isFolder ? 'is not writable' : 'is not a folder'}.`,
    next: next ?? `Make ${existing} a writable folder, or remove it.`,
  });
}

/**
 * Refuses a folder whose disk has fewer than `bytes` free.
 * @throws VllmCpuError DISK_FULL
 */
export async function refuseFull(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(await nearestExisting(folder));
  if (bavail * bsize >= bytes) return;
  throw new VllmCpuError({
    code: 'DISK_FULL',
    what: `the disk of ${folder} has ${formatSize(bavail * bsize)} free, and ${formatSize(bytes)} are needed`,
    next: 'Free space on that disk, or replace the folder by a link to a larger one, then run again.',
  });
}

async function nearestExisting(folder: string): Promise<string> {
  let existing = folder;
  while (dirname(existing) !== existing && !(await exists(existing))) existing = dirname(existing);
  return existing;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    // A file where a folder should be.
    () => false,
  );
}
