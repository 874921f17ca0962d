import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { isGitUrl } from '@vllm-cpu/system/settings';
import { commitOf, hideLogin } from './git.ts';
import type { Git } from './git.ts';

export interface PinnedCommit {
  /** Where it is fetched from: a git URL or a local repository. */
  from: string;
  /** A tag, or a full commit where none is named. */
  tag: string;
  /** Full SHA-1 that the tag must name; null where it could not be pinned. */
  commit: string | null;
}

export interface PinnedRepository {
  /** A git directory that holds the commit. */
  gitDir: string;
  commit: string;
}

/**
 * Makes a pinned commit available in the shared bare repository `store`, and checks that the tag
 * still names it. Does nothing when the commit is there. A local repository is used in place.
 * @throws VllmCpuError UPSTREAM_UNREACHABLE, UPSTREAM_TAG_MISSING or UPSTREAM_TAG_MOVED
 */
export async function ensurePinnedCommit(
  git: Git,
  store: string,
  pin: PinnedCommit,
  report: (line: string) => void,
): Promise<PinnedRepository> {
  if (!isGitUrl(pin.from)) return localCommit(git, pin);
  const known = existsSync(store) ? await commitOf(git, store, pinnedRef(pin)) : undefined;
  if (known && pin.commit === known) return { gitDir: store, commit: known };
  await ensureBare(git, store);
  report(`fetching ${pin.tag} from ${hideLogin(pin.from)}`);
  const fetched = await git.try([
    `--git-dir=${store}`,
    'fetch',
    '--quiet',
    '--no-tags',
    '--depth=1',
    pin.from,
    `+${revision(pin)}:${pinnedRef(pin)}`,
  ]);
  if (fetched.exitCode !== 0) throw unreachable(pin, fetched.stderr);
  const commit = await commitOf(git, store, pinnedRef(pin));
  return { gitDir: store, commit: checked(pin, commit) };
}

/** What git looks for: a branch of the tag's name is none. */
function revision({ tag }: PinnedCommit): string {
  return isCommit(tag) ? tag : `refs/tags/${tag}`;
}

/** Whether a revision is a full SHA-1. */
export function isCommit(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

function pinnedRef(pin: PinnedCommit): string {
  return `refs/pinned/${pin.tag}`;
}

async function localCommit(git: Git, pin: PinnedCommit): Promise<PinnedRepository> {
  const found = await git.try(['-C', pin.from, 'rev-parse', '--absolute-git-dir']);
  if (found.exitCode !== 0) throw unreachable(pin, found.stderr);
  const gitDir = found.stdout.trim();
  return { gitDir, commit: checked(pin, await commitOf(git, gitDir, revision(pin))) };
}

/** A half-made repository of a killed run must not be found later, so it is renamed into place. */
async function ensureBare(git: Git, store: string): Promise<void> {
  if (existsSync(join(store, 'HEAD'))) return;
  const fresh = `${store}.${process.pid}`;
  await rm(fresh, { recursive: true, force: true });
  await git.run(['init', '--quiet', '--bare', fresh]);
  await rm(store, { recursive: true, force: true });
  await rename(fresh, store);
}

function checked(pin: PinnedCommit, commit: string | undefined): string {
  if (!commit) {
    throw new VllmCpuError({
      code: 'UPSTREAM_TAG_MISSING',
      what: `${hideLogin(pin.from)} has no ${isCommit(pin.tag) ? 'commit' : 'tag'} ${pin.tag}`,
      next: 'Check the release, or fetch the tags of your local clone (git fetch --tags).',
    });
  }
  if (pin.commit && commit !== pin.commit) {
    throw new VllmCpuError({
      code: 'UPSTREAM_TAG_MOVED',
      what: `tag ${pin.tag} of ${hideLogin(pin.from)} points to ${commit}, but the pin says ${pin.commit}`,
      why: 'A moved tag means the source code is not the one that was reviewed.',
      next: 'Find out why the tag moved. If the new commit is correct, update the pin with upstream:pin --force.',
    });
  }
  return commit;
}

function unreachable(pin: PinnedCommit, reason: string): VllmCpuError {
  return new VllmCpuError({
    code: /couldn't find remote ref/i.test(reason)
      ? 'UPSTREAM_TAG_MISSING'
      : 'UPSTREAM_UNREACHABLE',
    what: `could not get ${pin.tag} from ${hideLogin(pin.from)}`,
    why: reason.trim(),
    next: 'Check the network and the URL, or set VLLM_CPU_UPSTREAM (VLLM_CPU_ONEDNN for oneDNN) to a mirror or a local clone.',
  });
}
