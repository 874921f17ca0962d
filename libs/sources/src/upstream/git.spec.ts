import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { createRunner } from '@vllm-cpu/system/run';
import type { Command } from '@vllm-cpu/system/run';
import { commitFiles, git as plainGit } from '@vllm-cpu/testing/git-fixture';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { commitOf, gitWith } from './git.ts';
import { ensurePinnedCommit } from './upstream-repository.ts';

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

  it('logs in with what an address has of it, and no argument, line or error has that', async () => {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.headers.authorization);
      const known = request.headers.authorization !== undefined;
      response.writeHead(known ? 404 : 401, { 'www-authenticate': 'Basic realm="git"' }).end();
    }).listen(0, '127.0.0.1');
    await new Promise((ready) => server.once('listening', ready));
    const { port } = server.address() as AddressInfo;
    const from = `http://me:t%40ken-1@127.0.0.1:${port}/vllm.git`;
    const commands: Command[] = [];
    const real = createRunner();
    const seen = (command: Command): Command => (commands.push(command), command);
    const git = gitWith(
      { run: (command) => real.run(seen(command)), try: (command) => real.try(seen(command)) },
      { PATH: process.env['PATH'] ?? '', HOME: root },
    );
    const lines: string[] = [];
    const pin = { from, tag: 'v1', commit: null };
    const fetched = await ensurePinnedCommit(git, join(root, 'store.git'), pin, (line) =>
      lines.push(line),
    ).then(String, (error: Error) => error.message);
    await new Promise((closed) => server.close(closed));
    const basic = `Basic ${Buffer.from('me:t@ken-1').toString('base64')}`;
    expect(asked).toEqual([undefined, basic]);
    expect(fetched).toContain(`could not get v1 from http://****@127.0.0.1:${port}/vllm.git`);
    // The why is git's own: it says its address without the login.
    const argvs = commands.flatMap(({ argv }) => argv).join(' ');
    expect([argvs, ...lines, fetched].join(' ')).not.toMatch(/t(@|%40)ken-1/);
  });
});
