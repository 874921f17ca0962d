import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { requires } from '@vllm-cpu/testing/requires';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { writeAtomically } from './files.ts';
import { replaceFolder, withScratchFolder } from './replace-folder.ts';
import { refuseFull } from './writable-folder.ts';

describe('a result folder', () => {
  const folder = temporaryFolders();
  let root: string;
  let output: string;
  beforeEach(() => {
    root = folder();
    output = join(root, 'dist/variant/compile');
  });
  const fill = (text: string) => async (fresh: string) => {
    writeFileSync(join(fresh, `${text}.whl`), text);
    return text;
  };

  it('is put in place whole, and what was there before is gone', async () => {
    expect(await replaceFolder(output, fill('one'))).toBe('one');
    expect(await replaceFolder(output, fill('two'))).toBe('two');
    expect(readdirSync(output)).toEqual(['two.whl']);
    expect(readdirSync(join(output, '..'))).toEqual(['compile']);
  });

  it('stays as it was when the new one fails, with nothing beside it', async () => {
    await replaceFolder(output, fill('one'));
    const failing = replaceFolder(output, async (fresh) => {
      await fill('half')(fresh);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(readFileSync(join(output, 'one.whl'), 'utf8')).toBe('one');
    expect(readdirSync(join(output, '..'))).toEqual(['compile']);
  });

  it('rids itself of what a process left that is dead, though its parent never asks', async () => {
    // `exec` replaces the shell by a program that does not wait for the shell's child.
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 600']);
    try {
      const [pid] = (await once(parent.stdout, 'data')) as [Buffer];
      const zombie = `${output}.${String(pid).trim()}`;
      const state = () => readFileSync(`/proc/${String(pid).trim()}/stat`, 'utf8');
      while (!state().includes(') Z ')) await setTimeout(10);
      mkdirSync(zombie, { recursive: true });
      await replaceFolder(output, fill('new'));
      expect(existsSync(zombie)).toBe(false);
    } finally {
      parent.kill();
    }
  });

  it('rids itself of what a killed process left, and of nothing else', async () => {
    const { pid: dead } = spawnSync('true');
    const alive = process.ppid;
    for (const name of [`compile.${dead}`, `compile.${alive}`, 'compile.backup']) {
      mkdirSync(join(root, 'dist/variant', name), { recursive: true });
    }
    await replaceFolder(output, fill('one'));
    expect(readdirSync(join(output, '..')).sort()).toEqual(
      ['compile', `compile.${alive}`, 'compile.backup'].sort(),
    );
  });

  it('that cannot be made is an error that names what is in the way', async () => {
    writeFileSync(join(root, 'tasks'), '');
    await expect(withScratchFolder(join(root, 'tasks/x'), fill('one'))).rejects.toMatchObject({
      code: 'FOLDER_NOT_WRITABLE',
      why: `${join(root, 'tasks')} is not a folder.`,
    });
  });

  requires('root, who may mount a small disk', process.getuid?.() === 0)(
    'on a full disk is an error that names it, and stays as it was',
    async () => {
      mkdirSync(join(root, 'dist'));
      const mounted = join(root, 'dist');
      expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', mounted]).status).toBe(
        0,
      );
      try {
        const full = { code: 'DISK_FULL', what: expect.stringContaining(mounted) };
        const big = 'x'.repeat(200_000);
        await expect(
          replaceFolder(output, async (fresh) => writeFile(join(fresh, 'big'), big)),
        ).rejects.toMatchObject(full);
        await expect(writeAtomically(join(mounted, 'big'), big)).rejects.toMatchObject(full);
        await expect(refuseFull(output, 100_000)).rejects.toMatchObject(full);
        await refuseFull(output, 1000);
        expect(existsSync(output)).toBe(false);
      } finally {
        spawnSync('umount', [mounted]);
      }
    },
  );

  it('to work in is lent empty and taken back, also when the work fails', async () => {
    const base = join(root, 'tasks/build-x');
    const { pid: dead } = spawnSync('true');
    mkdirSync(`${base}.${dead}`, { recursive: true });
    await expect(
      withScratchFolder(base, async (lent) => {
        expect(readdirSync(join(root, 'tasks'))).toEqual([basename(lent)]);
        await fill('half')(lent);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(readdirSync(join(root, 'tasks'))).toEqual([]);
  });
});
