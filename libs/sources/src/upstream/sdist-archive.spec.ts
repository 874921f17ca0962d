import {
  existsSync,
  readdirSync,
  readFileSync,
  truncateSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { SDIST_TIME, writeSdist } from '@vllm-cpu/testing/sdist-fixture';
import type { FixtureEntry } from '@vllm-cpu/testing/sdist-fixture';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { inspectSdist, unpackSdist } from './sdist-archive.ts';

describe('a source distribution', () => {
  const folder = temporaryFolders();
  let archive: string;
  let target: string;
  beforeEach(() => {
    const root = folder();
    archive = join(root, 'vllm-1.0.tar.gz');
    target = join(root, 'tree');
  });
  const good: FixtureEntry[] = [
    { path: 'vllm-1.0/', type: 'Directory', mode: 0o755 },
    { path: 'vllm-1.0/setup.py', text: 'setup\n' },
    { path: 'vllm-1.0/vllm/__init__.py', text: '' },
  ];

  it('is unpacked without its top-level folder', async () => {
    writeSdist(archive, good);
    await unpackSdist(archive, target);
    expect(readFileSync(join(target, 'setup.py'), 'utf8')).toBe('setup\n');
    expect(existsSync(join(target, 'vllm/__init__.py'))).toBe(true);
  });

  it('belongs to whoever unpacks it', async () => {
    writeSdist(archive, good);
    await unpackSdist(archive, target);
    for (const path of [target, join(target, 'setup.py')]) {
      expect(statSync(path).uid).toBe(process.getuid?.());
    }
  });

  it('has the time of its newest file', async () => {
    const newer = new Date('2026-02-03T04:05:06Z');
    writeSdist(archive, good, { 'vllm-1.0/setup.py': newer });
    expect(await inspectSdist(archive)).toEqual({
      newest: newer.getTime() / 1000,
      folder: 'vllm-1.0',
    });
    expect(newer > SDIST_TIME).toBe(true);
  });

  it.each<[string, FixtureEntry, RegExp]>([
    ['a path that leads out', { path: 'vllm-1.0/../../evil', text: 'x' }, /leads out/],
    ['an absolute path', { path: '/etc/evil', text: 'x' }, /leads out/],
    [
      'a symbolic link',
      { path: 'vllm-1.0/link', type: 'SymbolicLink', linkpath: '/etc/passwd' },
      /SymbolicLink/,
    ],
    ['a hard link', { path: 'vllm-1.0/hard', type: 'Link', linkpath: '/etc/passwd' }, /Link/],
    ['a pipe', { path: 'vllm-1.0/pipe', type: 'FIFO' }, /FIFO/],
    ['a second top-level folder', { path: 'other/file', text: 'x' }, /one top-level folder/],
  ])('with %s is refused, and nothing of it is written', async (_name, entry, reason) => {
    writeSdist(archive, [...good, entry]);
    await expect(unpackSdist(archive, target)).rejects.toMatchObject({
      code: 'SDIST_HOSTILE',
      message: expect.stringMatching(reason),
    });
    expect(existsSync(target)).toBe(false);
  });

  it.each([
    ['in the compressed stream', 0.5],
    ['just before the end', 0.98],
  ])('that is cut off %s is said to be so', async (_name, part) => {
    writeSdist(archive, [...good, { path: 'vllm-1.0/data', text: randomText(20_000) }]);
    truncateSync(archive, Math.floor(statSync(archive).size * part));
    await expect(inspectSdist(archive)).rejects.toMatchObject({ code: 'SDIST_TRUNCATED' });
  });

  it('that is something else is said to be unreadable', async () => {
    writeFileSync(archive, '<html>Please log in</html>');
    await expect(inspectSdist(archive)).rejects.toMatchObject({ code: 'SDIST_DAMAGED' });
    writeFileSync(archive, '');
    await expect(unpackSdist(archive, target)).rejects.toMatchObject({ what: expect.any(String) });
    expect(readdirSync(join(target, '..'))).toEqual(['vllm-1.0.tar.gz']);
  });
});

/** Text that compresses badly, the same in each run. */
function randomText(length: number): string {
  let state = 1;
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return String.fromCharCode(33 + (state % 90));
  }).join('');
}
