import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Git } from './git.ts';
import { unpackSdist } from './sdist-archive.ts';
import type { PinnedRepository } from './upstream-repository.ts';

/** No part of a wheel, and a third of the files; some copies of the repository lack images of docs. */
const LEFT_OUT = ['.buildkite', 'benchmarks', 'docs', 'examples', 'recipes', 'tests'];

/**
 * Lays a throwaway tree of `source.commit` into the empty folder `tree`. It has a git repository of
 * its own, which borrows the objects of the shared one, with a single commit: setuptools-scm asks git
 * which files belong to the package. Nothing is registered in the shared repository, so a killed run
 * leaves nothing behind there.
 * @param time seconds since 1970 UTC, the date of that commit
 */
export async function checkOut(
  git: Git,
  source: PinnedRepository,
  tree: string,
  time: number,
): Promise<void> {
  await mkdir(tree, { recursive: true });
  const at = ['-C', tree];
  await git.run([...at, 'init', '--quiet', '--initial-branch=main']);
  await borrowObjects(git, source.gitDir, tree);
  await git.run([...at, 'read-tree', source.commit]);
  await git.run([...at, 'rm', '-r', '-q', '--cached', '--ignore-unmatch', '--', ...LEFT_OUT]);
  await git.run([...at, 'checkout-index', '--all']);
  await commitIndex(git, tree, `upstream ${source.commit} without ${LEFT_OUT.join(', ')}`, time);
}

/**
 * Lets the repository at `tree` find the objects of the one at `gitDir`. `git clone --shared` would do
 * the same, but copies no commit of a shallow repository that no branch or tag names.
 */
async function borrowObjects(git: Git, gitDir: string, tree: string): Promise<void> {
  // In a linked worktree the objects lie in the main repository.
  const objects = await git.run([
    `--git-dir=${gitDir}`,
    ...['rev-parse', '--path-format=absolute', '--git-path', 'objects'],
  ]);
  await writeFile(join(tree, '.git/objects/info/alternates'), objects.stdout);
}

/** Records the index of `tree` as its one commit, reproducibly. */
async function commitIndex(git: Git, tree: string, message: string, time: number): Promise<void> {
  const at = ['-C', tree];
  // Without the @ git takes a small number for a year.
  const date = `@${time} +0000`;
  const env = { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
  const written = await git.run([...at, 'write-tree']);
  const commit = await git.run([...at, 'commit-tree', '-m', message, written.stdout.trim()], {
    env,
  });
  await git.run([...at, 'update-ref', '--no-deref', 'HEAD', commit.stdout.trim()]);
}

/** Replaces the files by what git recorded: modes are those of a fresh clone, and end up in wheels. */
async function layOutAnew(git: Git, tree: string): Promise<void> {
  for (const name of await readdir(tree)) {
    if (name !== '.git') await rm(join(tree, name), { recursive: true });
  }
  await git.run(['-C', tree, 'checkout-index', '--all']);
}

/**
 * The embedded upstream is made a real repository with a tag, so that it is built like any other.
 * A file of a later folder replaces the file of the same path in an earlier one.
 */
export async function checkOutEmbedded(
  git: Git,
  folders: readonly string[],
  tree: string,
  tag: string,
  time: number,
): Promise<void> {
  await mkdir(tree, { recursive: true });
  for (const folder of folders) {
    const filter = (path: string) => !isBuildResult(relative(folder, path));
    await cp(folder, tree, { recursive: true, filter });
  }
  await git.run(['-C', tree, 'init', '--quiet', '--initial-branch=main']);
  await git.run(['-C', tree, 'add', '--all']);
  await layOutAnew(git, tree);
  await commitIndex(git, tree, 'the embedded upstream', time);
  await git.run(['-C', tree, 'tag', tag]);
}

/**
 * Whether `path`, relative to the embedded upstream's folder, is what building in that folder by hand
 * leaves there. Upstream has a folder requirements/build, which is not.
 */
export function isBuildResult(path: string): boolean {
  return /^build$|(^|\/)(__pycache__|\.deps|[^/]*\.egg-info)$/.test(path);
}

/** What setuptools and setuptools-scm wrote into the archive, and write again when it is built. */
const GENERATED = ['PKG-INFO', 'vllm.egg-info', 'vllm/_version.py'];

/**
 * A source distribution is made a repository of one tagged commit too: like the commit that it was
 * made from, without what is generated and what no wheel needs.
 * @param time seconds since 1970 UTC, the date of that commit
 * @throws VllmCpuError SDIST_HOSTILE, SDIST_TRUNCATED, SDIST_DAMAGED
 */
export async function checkOutSdist(
  git: Git,
  archive: string,
  tree: string,
  tag: string,
  time: number,
): Promise<void> {
  const unneeded = [...GENERATED, ...LEFT_OUT, '.git'];
  const wanted = (path: string) => !unneeded.some((one) => `${path}/`.startsWith(`${one}/`));
  await unpackSdist(archive, tree, wanted);
  await git.run(['-C', tree, 'init', '--quiet', '--initial-branch=main']);
  // Upstream's own ignore rules also match files that it has committed.
  await git.run(['-C', tree, 'add', '--all', '--force']);
  await layOutAnew(git, tree);
  await commitIndex(git, tree, `upstream ${tag} from its source distribution`, time);
  await git.run(['-C', tree, 'tag', tag]);
}
