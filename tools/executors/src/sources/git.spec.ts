import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { createRunner } from '../system/run.ts';
import { commitFiles, git as plainGit } from '../testing/git-fixture.ts';
import { temporaryFolders } from '../testing/temporary-folder.ts';
import { commitOf, gitWith } from './git.ts';

describe('git', () => {
  const folder = temporaryFolders();
  let root: string;
  beforeEach(() => {
    root = folder();
  });

  it('heeds no configuration of the user: line ends, ignored files, hooks and signatures', async () => {
    const home = join(root, 'home');
    mkdirSync(join(home, '.config/git'), { recursive: true });
    mkdirSync(join(home, 'template/hooks'), { recursive: true });
    writeFileSync(join(home, 'template/hooks/pre-commit'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    writeFileSync(join(home, '.config/git/ignore'), '*.cpp\n');
    writeFileSync(join(home, '.config/git/attributes'), '* text eol=crlf\n');
    writeFileSync(
      join(home, '.gitconfig'),
      `[core]\nautocrlf = true\n[commit]\ngpgsign = true\n[init]\ntemplateDir = ${home}/template\n`,
    );
    const git = gitWith(createRunner(), { PATH: process.env['PATH'] ?? '', HOME: home });
    const tree = join(root, 'tree');
    mkdirSync(tree);
    writeFileSync(join(tree, 'a.cpp'), 'one\ntwo\n');
    const at = ['-C', tree];
    await git.run([...at, 'init', '--quiet']);
    await git.run([...at, 'add', '--all']);
    await git.run([...at, 'commit', '--quiet', '-m', 'a commit']);
    await git.run([...at, 'checkout-index', '--all', `--prefix=${root}/out/`]);
    expect(existsSync(join(root, 'out/a.cpp'))).toBe(true);
    expect(readFileSync(join(root, 'out/a.cpp'), 'utf8')).toBe('one\ntwo\n');
  });

  it('says which commit a revision names, and undefined for none', async () => {
    const commit = await commitFiles(root, { a: 'a' }, 'v1');
    expect(await commitOf(plainGit, join(root, '.git'), 'refs/tags/v1')).toBe(commit);
    expect(await commitOf(plainGit, join(root, '.git'), 'refs/tags/v2')).toBeUndefined();
  });
});
