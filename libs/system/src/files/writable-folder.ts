import { constants } from 'node:fs';
import { access, mkdir, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { explainFault, VllmCpuError } from '../errors.ts';
import { formatSize } from '../format-size.ts';

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
    what: `the disk of ${folder} has ${formatSize(bavail * bsize)} free, but ${formatSize(bytes)} are needed`,
    next: 'Free space on that disk, or replace the folder by a link to a larger disk, then try again.',
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

/**
 * Makes a folder and those above it, step by step: Node's recursive `mkdir` makes ENOENT of a full or
 * read-only disk (https://github.com/nodejs/node/issues/42808), and never ends in /proc, which refuses new
 * folders by ENOENT. `next` is another way out.
 * @throws VllmCpuError FOLDER_NOT_WRITABLE, DISK_FULL
 */
export async function makeFolder(folder: string, next?: string): Promise<void> {
  await refuseUnwritable(folder, next);
  const missing: string[] = [];
  for (let at = folder; !(await exists(at)); at = dirname(at)) missing.unshift(at);
  for (const each of missing) {
    await mkdir(each).catch((cause: NodeJS.ErrnoException) => {
      // Another process was faster.
      if (cause.code !== 'EEXIST') throw notMade(each, cause, next);
    });
  }
}

function notMade(folder: string, cause: NodeJS.ErrnoException, next?: string): unknown {
  if (cause.code !== 'ENOENT') return explainFault(cause);
  return new VllmCpuError({
    code: 'FOLDER_NOT_WRITABLE',
    what: `cannot create the folder ${folder}`,
    why: `${dirname(folder)} does not accept new folders: it is not on a disk.`,
    next: next ?? 'Use a folder on a disk.',
    cause,
  });
}
