import { readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { explainFault } from '../errors.ts';
import { makeFolder } from './writable-folder.ts';

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
  await makeFolder(dirname(base));
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
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return !isZombie(pid);
}

/** Dead, but not collected by its parent: in a container whose first process is no init, for ever. */
function isZombie(pid: number): boolean {
  try {
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}
