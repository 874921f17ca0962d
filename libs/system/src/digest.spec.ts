import { chmodSync, mkdirSync, renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { sha256, sha256File, sha256Tree, stableJson } from './digest.ts';

describe('digests', () => {
  const folder = temporaryFolders();
  let root: string;
  const write = (name: string, text = name) => writeFileSync(join(root, name), text);
  beforeEach(() => {
    root = folder();
    mkdirSync(join(root, 'b'));
    write('a');
    write('b/c');
  });

  it('are SHA-256 of bytes and of files', async () => {
    const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    expect(sha256('')).toBe(empty);
    write('empty', '');
    expect(await sha256File(join(root, 'empty'))).toBe(empty);
    expect(await sha256File(join(root, 'a'))).toBe(sha256('a'));
  });

  describe('of a tree', () => {
    it('depend on names, contents, executable bits and links', async () => {
      const seen = new Set([await sha256Tree(root)]);
      const changes = [
        () => write('a', 'A'),
        () => renameSync(join(root, 'a'), join(root, 'z')),
        () => chmodSync(join(root, 'z'), 0o755),
        () => symlinkSync('z', join(root, 'link')),
        () => write('b/d'),
      ];
      for (const change of changes) {
        change();
        seen.add(await sha256Tree(root));
      }
      expect(seen.size).toBe(changes.length + 1);
    });

    it('do not depend on where, when and under which umask it was written', async () => {
      const before = await sha256Tree(root);
      utimesSync(join(root, 'a'), 1, 1);
      chmodSync(join(root, 'a'), 0o600);
      const moved = join(folder(), 'moved');
      renameSync(root, moved);
      expect(await sha256Tree(moved)).toBe(before);
    });

    it('leave out git’s, Python’s and the caller’s exceptions', async () => {
      const before = await sha256Tree(root);
      for (const name of ['.git', '__pycache__', 'node_modules', 'build']) {
        mkdirSync(join(root, name));
        write(`${name}/x`);
      }
      expect(await sha256Tree(root, (path) => path === 'build')).toBe(before);
      expect(await sha256Tree(root)).not.toBe(before);
    });

    it('tell a file’s content from its neighbour’s', async () => {
      write('a', 'x');
      write('b/c', 'y');
      const before = await sha256Tree(root);
      write('a', 'y');
      write('b/c', 'x');
      expect(await sha256Tree(root)).not.toBe(before);
    });
  });

  it('of values do not depend on the order of their fields, but on that of lists', () => {
    expect(stableJson({ b: { d: 1, c: 2 }, a: [2, 1] })).toBe('{"a":[2,1],"b":{"c":2,"d":1}}');
  });
});
