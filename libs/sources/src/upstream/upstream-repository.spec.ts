import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { commitFiles, git } from '@vllm-cpu/testing/git-fixture';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { ensurePinnedCommit } from './upstream-repository.ts';

const TAG = 'v0.12.0';

describe('the pinned commit of upstream', () => {
  const folder = temporaryFolders();
  let root: string;
  let upstream: string;
  let store: string;
  let commit: string;
  let lines: string[];
  beforeEach(async () => {
    root = folder();
    upstream = join(root, 'vllm');
    store = join(root, 'workspace/upstream.git');
    mkdirSync(join(root, 'workspace'));
    lines = [];
    commit = await commitFiles(upstream, { 'setup.py': 'one\n' }, TAG);
  });
  const ensure = (from: string, pinned: string | null = commit, tag = TAG) =>
    ensurePinnedCommit(git, store, { from, tag, commit: pinned }, (line) => lines.push(line));
  const url = () => `file://${upstream}`;

  it('is fetched from a URL into the shared repository', async () => {
    expect(await ensure(url())).toEqual({ gitDir: store, commit });
    const text = await git.run([`--git-dir=${store}`, 'show', `${commit}:setup.py`]);
    expect(text.stdout).toBe('one\n');
  });

  it('is not fetched again: the source may be gone by then', async () => {
    await ensure(url());
    rmSync(upstream, { recursive: true });
    lines = [];
    expect((await ensure(url())).commit).toBe(commit);
    expect(lines).toEqual([]);
  });

  it('is that of the tag, not of a branch of the same name', async () => {
    await git.run(['-C', upstream, 'checkout', '--quiet', '-b', TAG]);
    await git.run(['-C', upstream, 'commit', '--quiet', '--allow-empty', '-m', 'branch']);
    expect((await ensure(url())).commit).toBe(commit);
    expect((await ensure(upstream)).commit).toBe(commit);
  });

  it('is followed through an annotated tag', async () => {
    await git.run(['-C', upstream, 'tag', '--annotate', '-m', 'release', 'v1', commit]);
    expect((await ensure(url(), commit, 'v1')).commit).toBe(commit);
  });

  it.each(['URL', 'local clone'])('is refused when the tag has moved: %s', async (kind) => {
    const moved = await commitFiles(upstream, { 'setup.py': 'two\n' }, TAG);
    const from = kind === 'URL' ? url() : upstream;
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(ensure(from)).rejects.toMatchObject({
        code: 'UPSTREAM_TAG_MOVED',
        what: `tag ${TAG} of ${from} points to ${moved}, but the pin says ${commit}`,
      });
    }
  });

  it('is had again once a moved tag is put back', async () => {
    await commitFiles(upstream, { 'setup.py': 'two\n' }, TAG);
    await expect(ensure(url())).rejects.toMatchObject({ code: 'UPSTREAM_TAG_MOVED' });
    await git.run(['-C', upstream, 'tag', '--force', TAG, commit]);
    expect((await ensure(url())).commit).toBe(commit);
  });

  it.each(['URL', 'local clone'])('is refused when there is no such tag: %s', async (kind) => {
    const from = kind === 'URL' ? url() : upstream;
    await expect(ensure(from, commit, 'v9.9.9')).rejects.toMatchObject({
      code: 'UPSTREAM_TAG_MISSING',
      what: expect.stringContaining('v9.9.9'),
    });
  });

  it.each([
    ['a URL', 'file:///nonexistent/vllm.git'],
    ['a host', 'http://127.0.0.1:9/vllm.git'],
    ['a path', '/nonexistent/vllm'],
  ])('is refused when %s cannot be reached, saying which setting helps', async (_, from) => {
    await expect(ensure(from)).rejects.toMatchObject({
      code: 'UPSTREAM_UNREACHABLE',
      what: `could not get ${TAG} from ${from}`,
      next: expect.stringContaining('VLLM_CPU_UPSTREAM'),
    });
  });

  it('is used in place from a local clone, bare or not: nothing is copied', async () => {
    expect(await ensure(upstream)).toEqual({ gitDir: join(upstream, '.git'), commit });
    const bare = join(root, 'bare.git');
    await git.run(['clone', '--quiet', '--bare', upstream, bare]);
    expect(await ensure(bare)).toEqual({ gitDir: bare, commit });
    expect(existsSync(store)).toBe(false);
  });

  it('is had where a killed run left half a repository', async () => {
    mkdirSync(store, { recursive: true });
    writeFileSync(join(store, 'config'), '');
    expect((await ensure(url())).commit).toBe(commit);
  });

  it('is taken as found where it could not be pinned', async () => {
    expect((await ensure(url(), null)).commit).toBe(commit);
  });
});
