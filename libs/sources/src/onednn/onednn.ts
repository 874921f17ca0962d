import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { existsAsDirectory } from '@vllm-cpu/system/files';
import { isGitUrl } from '@vllm-cpu/system/settings';
import { compareNumbers } from '@vllm-cpu/system/tool-version';
import { checkOut } from '../upstream/checkout.ts';
import type { Git } from '../upstream/git.ts';
import { ensurePinnedCommit, isCommit } from '../upstream/upstream-repository.ts';

/** Where upstream's own cmake fetches oneDNN from. */
export const ONEDNN_REPOSITORY = 'https://github.com/oneapi-src/oneDNN.git';

export interface OneDnnSource {
  /** A directory with oneDNN's CMakeLists.txt. */
  directory: string;
  /** A repository that has the tag, for releases whose cmake knows nothing but git. */
  repository: string;
  /** null for a directory that was handed in. */
  commit: string | null;
}

/** True for a setting that names a source directory (not a repository). */
export async function isSourceDirectory(setting: string | undefined): Promise<boolean> {
  return (
    setting !== undefined &&
    !isGitUrl(setting) &&
    (await existsAsDirectory(setting)) &&
    existsSync(join(setting, 'CMakeLists.txt'))
  );
}

/**
 * oneDNN's sources at the pinned tag: the directory that VLLM_CPU_ONEDNN names, or a checkout that is
 * made once and shared by all variants, so that the compile cache hits across them.
 * @throws VllmCpuError ONEDNN_VERSION where that directory has another version
 */
export async function ensureOneDnn(
  git: Git,
  folders: { oneDnn: string; sources: string; scratch: string },
  pin: { tag: string; commit: string | null },
  setting: string | undefined,
  report: (line: string) => void,
): Promise<OneDnnSource> {
  if (setting && (await isSourceDirectory(setting))) {
    await refuseOtherVersion(setting, pin.tag);
    const repository = join(folders.scratch, 'onednn.git');
    await recordTree(git, setting, repository, tagOf(pin));
    return { directory: setting, repository, commit: null };
  }
  const repository = await ensurePinnedCommit(
    git,
    folders.oneDnn,
    { from: setting ?? ONEDNN_REPOSITORY, tag: pin.tag, commit: pin.commit },
    report,
  );
  const directory = join(folders.sources, `onednn-${tagOf(pin)}-${repository.commit.slice(0, 12)}`);
  if (!existsSync(directory)) {
    const fresh = `${directory}.${process.pid}`;
    await rm(fresh, { recursive: true, force: true });
    await mkdir(folders.sources, { recursive: true });
    await checkOut(git, repository, fresh, 0);
    await git.run(['-C', fresh, 'tag', tagOf(pin)]);
    await rename(fresh, directory);
  }
  return { directory, repository: directory, commit: repository.commit };
}

/** The line of oneDNN's CMakeLists.txt that names its version. */
const PROJECT_VERSION = /^set\(PROJECT_VERSION "([^"]+)"\)/m;

async function refuseOtherVersion(directory: string, tag: string): Promise<void> {
  if (isCommit(tag)) return;
  const text = await readFile(join(directory, 'CMakeLists.txt'), 'utf8');
  const version = PROJECT_VERSION.exec(text)?.[1];
  if (version === undefined || compareNumbers(version, tag) === 0) return;
  throw new VllmCpuError({
    code: 'ONEDNN_VERSION',
    what: `${directory} is oneDNN ${version}, but this release links ${tag}`,
    why: 'The wheel and its SBOM name the version that upstream chose.',
    next: `Set VLLM_CPU_ONEDNN to the sources of ${tag}, or to a repository that has this tag.`,
  });
}

/** The tag in our copy; git frowns upon tags that look like commits. */
function tagOf({ tag }: { tag: string }): string {
  return isCommit(tag) ? 'pinned' : tag;
}

/** Makes a tagged repository of a source directory without touching or copying the directory. */
async function recordTree(git: Git, directory: string, gitDir: string, tag: string): Promise<void> {
  const at = [`--git-dir=${gitDir}`, `--work-tree=${directory}`];
  await git.run(['init', '--quiet', '--bare', gitDir]);
  await git.run([...at, '-c', 'core.bare=false', 'add', '--all', '--force', '.'], {
    cwd: directory,
  });
  await git.run([...at, '-c', 'core.bare=false', 'commit', '--quiet', '-m', `oneDNN ${tag}`], {
    cwd: directory,
    env: { GIT_AUTHOR_DATE: '@0 +0000', GIT_COMMITTER_DATE: '@0 +0000' },
  });
  await git.run([`--git-dir=${gitDir}`, 'tag', tag]);
}
