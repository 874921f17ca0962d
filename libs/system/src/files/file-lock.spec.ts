import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { withLock } from './file-lock.ts';

/** A process of its own that appends `in`, waits, and appends `out` under the lock. */
const HOLDER = `
import { appendFileSync } from 'node:fs';
import { lock } from 'proper-lockfile';
const [directory, journal] = process.argv.slice(2);
const release = await lock(directory, { stale: 30000, update: 5000, realpath: true });
appendFileSync(journal, 'other in\\n');
await new Promise((resolve) => setTimeout(resolve, 1500));
appendFileSync(journal, 'other out\\n');
await release();
`;

describe('a lock on a folder', () => {
  const folder = temporaryFolders();

  it('lets one process in at a time, and tells the one that waits', async () => {
    const root = folder();
    const [directory, journal] = [join(root, 'lock'), join(root, 'journal')];
    mkdirSync(directory);
    const holder = spawn(
      process.execPath,
      ['--input-type=module', '-e', HOLDER, 'holder', directory, journal],
      { cwd: import.meta.dirname, stdio: 'inherit' },
    );
    const ended = new Promise((resolve) => holder.on('exit', resolve));
    while (!read(journal).includes('other in')) await new Promise((done) => setTimeout(done, 25));
    const told: string[] = [];
    await withLock(
      directory,
      async () => writeFileSync(journal, 'we\n', { flag: 'a' }),
      (line) => told.push(line),
    );
    expect(await ended).toBe(0);
    expect(read(journal)).toBe('other in\nother out\nwe\n');
    expect(told).toEqual([`waiting for another process that works in ${directory}`]);
  }, 20_000);

  it('lets one task of a process in at a time', async () => {
    const directory = join(folder(), 'new');
    let inside = 0;
    let most = 0;
    const enter = async () => {
      most = Math.max(most, ++inside);
      await new Promise((done) => setTimeout(done, 20));
      inside--;
    };
    await Promise.all([withLock(directory, enter), withLock(directory, enter)]);
    expect(most).toBe(1);
  });

  it('is given back when the action fails', async () => {
    const directory = folder();
    const failing = withLock(directory, () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(await withLock(directory, async () => 'again')).toBe('again');
  });

  it('of a process that was killed half a minute ago counts for nothing', async () => {
    const directory = folder();
    mkdirSync(`${directory}.lock`);
    const past = new Date(Date.now() - 31_000);
    utimesSync(`${directory}.lock`, past, past);
    expect(await withLock(directory, async () => 'had')).toBe('had');
  });

  it('that cannot be had says where and why', async () => {
    const root = folder();
    writeFileSync(join(root, 'file'), '');
    await expect(withLock(join(root, 'file/lock'), async () => 1)).rejects.toMatchObject({
      code: 'FOLDER_NOT_WRITABLE',
      what: expect.stringContaining('file/lock'),
    });
  });
});

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
