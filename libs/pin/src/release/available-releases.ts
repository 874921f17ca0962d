import { basename } from 'node:path';
import type { Git } from '@vllm-cpu/sources/git';
import { UPSTREAM_PROJECT } from '@vllm-cpu/sources/sdist';
import type { SdistSource } from '@vllm-cpu/sources/sdist';
import { repositoryOf, upstreamPlace } from '@vllm-cpu/sources/upstream-place';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { listReleaseTags, OFFICIAL_REPOSITORY } from '../versions/release-tags.ts';
import { normalizedVersion } from '../versions/version.ts';
import type { AvailableRelease } from '../versions/version.ts';

/** How upstream is reached. */
export interface UpstreamAccess {
  git: Git;
  /** Where source distributions are; its `setting` is VLLM_CPU_UPSTREAM, which may be a repository. */
  sdists: SdistSource;
}

export interface AvailableReleases {
  releases: AvailableRelease[];
  /** Why these are source distributions of the index, and not the repository's tags. */
  fallback: VllmCpuError | undefined;
}

/** PyPA's naming of a source distribution: the version without what the name may not have. */
const SDIST = /^vllm-(.+)\.tar\.gz$/;

/** The repository that was set, or the official one. */
export function repositoryFrom({ sdists }: UpstreamAccess): string {
  return repositoryOf(sdists.setting, OFFICIAL_REPOSITORY);
}

/**
 * Upstream's releases: the tags of its repository; the source distributions where VLLM_CPU_UPSTREAM names
 * some, or those of the package index where the official repository is not reached.
 * @throws VllmCpuError UPSTREAM_UNREACHABLE
 */
export async function listAvailable(access: UpstreamAccess): Promise<AvailableReleases> {
  const place = upstreamPlace(access.sdists.setting);
  if (place?.kind === 'archives') {
    const files = place.files.map((path) => ({ fileName: basename(path), sha256: undefined }));
    return { releases: fromArchives(files), fallback: undefined };
  }
  try {
    return {
      releases: await listReleaseTags(access.git, repositoryFrom(access)),
      fallback: undefined,
    };
  } catch (error) {
    if (place || !isUnreachable(error)) throw error;
    const releases = await listedArchives(access.sdists).catch(() => []);
    if (releases.length === 0) throw error;
    return { releases, fallback: error };
  }
}

async function listedArchives(sdists: SdistSource): Promise<AvailableRelease[]> {
  const index = await sdists.openIndex();
  const { files } = await index.project(UPSTREAM_PROJECT);
  return fromArchives(files.filter(({ yanked }) => !yanked));
}

function fromArchives(
  files: readonly { fileName: string; sha256: string | undefined }[],
): AvailableRelease[] {
  return files.flatMap(({ fileName, sha256 }) => {
    const version = normalizedVersion(SDIST.exec(fileName)?.[1] ?? '');
    if (!version) return [];
    return [{ version, tag: `v${version}`, commit: null, sdist: { file: fileName, sha256 } }];
  });
}

function isUnreachable(error: unknown): error is VllmCpuError {
  return error instanceof VllmCpuError && error.code === 'UPSTREAM_UNREACHABLE';
}
