import { VllmCpuError } from '@vllm-cpu/system/errors';
import { hideLogin } from '@vllm-cpu/sources/git';
import type { Git } from '@vllm-cpu/sources/git';
import { normalizedVersion } from './version.ts';
import type { AvailableRelease } from './version.ts';

/** What a pin records, wherever it was read from. */
export const OFFICIAL_REPOSITORY = 'https://github.com/vllm-project/vllm.git';

/** Seconds in which a server may say nothing. git itself waits without end. */
const PATIENCE = 60;

/**
 * The commits of a repository's tags, by the tag's name after refs/tags/. Annotated tags give the
 * commit that they point to.
 * @param from git URL or path of a local repository
 * @throws VllmCpuError UPSTREAM_UNREACHABLE
 */
export async function listTags(
  git: Git,
  from: string,
  patience = PATIENCE,
): Promise<Map<string, string>> {
  const env = { GIT_HTTP_LOW_SPEED_LIMIT: '1', GIT_HTTP_LOW_SPEED_TIME: String(patience) };
  const listed = await git.try(['ls-remote', '--tags', '--', from], { env });
  if (listed.exitCode !== 0) throw unreachable(from, listed.stderr);
  const commits = new Map<string, string>();
  for (const line of listed.stdout.split('\n')) {
    // An annotated tag's own line comes first, then the one of its commit, marked ^{}.
    const [, commit, tag] = /^([0-9a-f]{40})\trefs\/tags\/(.+?)(?:\^\{\})?$/.exec(line) ?? [];
    if (commit && tag) commits.set(tag, commit);
  }
  return commits;
}

/**
 * Upstream's release tags: those that are PEP 440 versions, lowest first not promised.
 * @throws VllmCpuError UPSTREAM_UNREACHABLE
 */
export async function listReleaseTags(git: Git, from: string): Promise<AvailableRelease[]> {
  const releases = new Map<string, AvailableRelease>();
  for (const [tag, commit] of await listTags(git, from)) {
    const version = normalizedVersion(tag);
    // Of two spellings of one version upstream's own, with a v, counts.
    if (version && (tag.startsWith('v') || !releases.has(version))) {
      releases.set(version, { version, tag, commit });
    }
  }
  return [...releases.values()];
}

function unreachable(from: string, said: string): VllmCpuError {
  const shown = hideLogin(from);
  return new VllmCpuError({
    code: 'UPSTREAM_UNREACHABLE',
    what: `cannot list the tags of ${shown}`,
    why: said.replaceAll(from, shown).trim() || 'git printed no reason.',
    next: 'Check the network and the URL, or set VLLM_CPU_UPSTREAM (VLLM_CPU_ONEDNN for oneDNN) to a mirror or a local clone.',
  });
}
