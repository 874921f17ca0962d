import { spawn, spawnSync } from 'node:child_process';
import { mkdir, readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { makeFiveWheels } from '@vllm-cpu/testing/five-wheels';
import { scratchFolder } from '@vllm-cpu/testing/temporary-folder';
import { wholeListing } from '@vllm-cpu/testing/whole-listing';
import { requires } from '@vllm-cpu/testing/requires';
import { addToStaticIndex } from './static-index.ts';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';
import { TYPESCRIPT } from '@vllm-cpu/testing/typescript';

const mounts = process.getuid?.() === 0 && spawnSync('mount', ['--version']).status === 0;
const asRoot = requires('root, to mount a small file system', mounts);

// Wheels are flushed to the disk, which takes seconds on a busy machine.
jest.setTimeout(120_000);

describe('a static index under faults', () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let wheels: PublishableWheel[];
  let next: PublishableWheel[];
  const mounted: string[] = [];
  beforeAll(async () => {
    folder = await scratchFolder('static-faults');
    wheels = await makeFiveWheels(join(folder.path, 'a'), '0.12.0');
    next = await makeFiveWheels(join(folder.path, 'b'), '0.12.0.post1');
  });
  afterAll(async () => {
    for (const place of mounted) spawnSync('umount', [place]);
    await folder.remove();
  });

  asRoot('stays as it was when the disk is full, and completes when there is room', async () => {
    const disk = join(folder.path, 'disk');
    await mkdir(disk);
    const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1200k', 'tmpfs', disk]);
    expect(mount.stderr.toString()).toBe('');
    mounted.push(disk);
    const index = join(disk, 'index');
    await addToStaticIndex(index, wheels);
    const before = await wholeListing(index);
    await expect(addToStaticIndex(index, next)).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(await wholeListing(index)).toEqual(before);
    expect(await readdir(join(index, '.staging'))).toEqual([]);
    spawnSync('mount', ['-o', 'remount,size=8m', disk]);
    await addToStaticIndex(index, next);
    expect(await wholeListing(index)).toHaveLength(10);
  });

  asRoot('on a read-only disk is refused with its name', async () => {
    const disk = join(folder.path, 'read-only');
    await mkdir(disk);
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', disk]).status).toBe(0);
    mounted.push(disk);
    await expect(addToStaticIndex(join(disk, 'index'), wheels)).rejects.toMatchObject({
      code: 'FOLDER_NOT_WRITABLE',
      why: `${disk} is not writable.`,
    });
  });

  it('survives a killed publisher: the next one completes', async () => {
    const index = join(folder.path, 'killed');
    await addToStaticIndex(index, wheels.slice(0, 2));
    const before = await wholeListing(index);
    const script = join(
      import.meta.dirname,
      '../../../testing/src/index-server/publish-to-folder.ts',
    );
    // 200 wheels, so that there is time to kill it while it stages them.
    const many = Array.from({ length: 200 }, () => wheels[2]?.path ?? '');
    const words = [...TYPESCRIPT, script, index, ...many];
    const child = spawn(process.execPath, words, { stdio: 'ignore' });
    const ended = new Promise((resolve) => child.on('exit', (_code, signal) => resolve(signal)));
    const staging = join(index, '.staging');
    while ((await readdir(staging)).length === 0 && child.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    child.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    expect(await readdir(staging)).not.toEqual([]);
    expect(await wholeListing(index)).toEqual(before);
    // The lock of a dead publisher expires after half a minute without a heartbeat.
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(`${staging}.lock`, longAgo, longAgo);
    await addToStaticIndex(index, wheels);
    expect(await wholeListing(index)).toHaveLength(5);
    expect(await readdir(staging)).toEqual([]);
  });
});
