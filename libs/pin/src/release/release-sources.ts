import type { Git } from '@vllm-cpu/sources/git';
import type { Release, ReleaseSource } from '@vllm-cpu/sources/release';
import { ensureSdist } from '@vllm-cpu/sources/sdist';
import { unpackSdist } from '@vllm-cpu/sources/sdist-archive';
import { ensurePinnedCommit } from '@vllm-cpu/sources/upstream-repository';
import { sha256File } from '@vllm-cpu/system/digest';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { withTemporaryFolder } from '@vllm-cpu/system/temporary-folder';
import { repositoryFrom } from './available-releases.ts';
import type { UpstreamAccess } from './available-releases.ts';
import type { ReleaseOrigin } from './read-release.ts';
import { commitFiles, directoryFiles } from './release-files.ts';
import type { ReleaseFiles } from './release-files.ts';
import type { AvailableRelease } from '../versions/version.ts';

export interface ReleaseSources {
  origin: ReleaseOrigin;
  files: ReleaseFiles;
}

export interface SourcesRequest {
  access: UpstreamAccess;
  /** Bare repository that tags are fetched into. */
  store: string;
  force?: boolean;
  report?: (line: string) => void;
}

/**
 * Calls `use` with the sources of a release: the commit of its tag, or its source distribution, unpacked
 * for as long as `use` takes.
 * @throws VllmCpuError UPSTREAM_TAG_MOVED, SDIST_DIGEST (without force), UPSTREAM_UNREACHABLE, and those of
 *   source distributions
 */
export async function withSources<T>(
  release: AvailableRelease,
  old: Release | undefined,
  request: SourcesRequest,
  use: (sources: ReleaseSources) => Promise<T>,
): Promise<T> {
  const title = `vLLM ${release.version}`;
  if (release.commit === null) return withSdist(release, old, request, title, use);
  const { git } = request.access;
  if (!request.force) {
    refuseMoved(`the tag ${release.tag}`, release.commit, old?.source.commit);
  }
  const at = await ensurePinnedCommit(
    git,
    request.store,
    { from: repositoryFrom(request.access), tag: release.tag, commit: release.commit },
    request.report ?? (() => undefined),
  );
  const commitTime = await timeOf(git, at);
  const origin = { kind: 'git', commit: at.commit, commitTime } as const;
  return use({ origin, files: commitFiles({ git, ...at }, title) });
}

/** What a pin is read from: files at the top, cmake, requirements, one generator, all Python of vLLM. */
function isRead(path: string): boolean {
  return /^(?:[^/]+|(?:cmake|requirements|csrc\/cpu)\/.*|vllm\/.*\.py)$/.test(path);
}

async function withSdist<T>(
  { sdist, version }: AvailableRelease,
  old: Release | undefined,
  { access, force }: SourcesRequest,
  title: string,
  use: (sources: ReleaseSources) => Promise<T>,
): Promise<T> {
  if (old && !old.source.sdist && !force) throw pinnedByCommit(version);
  const pinned = force ? undefined : old?.source.sdist?.sha256;
  const file = sdist?.file ?? '';
  const archive = await ensureSdist({ file, sha256: pinned ?? sdist?.sha256 }, access.sdists);
  return withTemporaryFolder('vllm-cpu-sdist-', async (folder) => {
    const { newest } = await unpackSdist(archive, folder, isRead);
    const files = directoryFiles([folder], title);
    const origin: ReleaseOrigin = {
      ...{ kind: 'sdist', commit: null, commitTime: newest },
      sdist: { file, sha256: await sha256File(archive), commit: await commitSaid(files) },
    };
    return use({ origin, files });
  });
}

/** setuptools-scm writes "g" and the abbreviated commit; older versions of it write nothing. */
async function commitSaid(files: ReleaseFiles): Promise<string | null> {
  const text = (await files.read('vllm/_version.py')) ?? '';
  return /\bcommit_id = ["']g([0-9a-f]{7,40})["']/.exec(text)?.[1] ?? null;
}

async function timeOf(git: Git, at: { gitDir: string; commit: string }): Promise<number> {
  const args = [`--git-dir=${at.gitDir}`, 'log', '-1', '--format=%ct', at.commit];
  return Number((await git.run(args)).stdout.trim());
}

/** Whether two pins name other sources: another commit, or another archive. */
export function isOther(a: ReleaseSource, b: ReleaseSource): boolean {
  return a.commit !== b.commit || a.sdist?.sha256 !== b.sdist?.sha256;
}

/** @throws VllmCpuError UPSTREAM_TAG_MOVED */
export function refuseMoved(tag: string, commit: string, pinned: string | null | undefined): void {
  if (!pinned || pinned === commit) return;
  throw new VllmCpuError({
    code: 'UPSTREAM_TAG_MOVED',
    what: `tag ${tag} points to ${commit}, but the pin says ${pinned}`,
    why: 'A moved tag means the source code is not the one that was reviewed.',
    next: 'Find out why the tag moved. If the new commit is correct, update the pin with upstream:pin --force.',
  });
}

function pinnedByCommit(version: string): VllmCpuError {
  return new VllmCpuError({
    code: 'SDIST_FOR_COMMIT',
    what: `${version} is pinned to a commit, but only its source distribution is available`,
    why: 'An archive states its commit but cannot prove it.',
    next: 'Set VLLM_CPU_UPSTREAM to a repository, or pin the source distribution instead with --force.',
  });
}
