import { defaultIndex } from '@vllm-cpu/index/default-index';
import { expectFrom } from '@vllm-cpu/publish/expected-release';
import type { FoundWheels } from '@vllm-cpu/wheel/find-wheels';
import type { IndexTarget } from '@vllm-cpu/index/index-target';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { targetOf } from '../publish/publication.ts';
import type { PublicationOptions } from '../publish/publication.ts';
import type { Repository } from '../repository.ts';

/**
 * Where wheels that were built elsewhere go: the index that is named, else the one default of them all.
 * @throws VllmCpuError INDEX_AMBIGUOUS, SAMPLE_NOT_FOR_THIS_INDEX
 */
export function handedInTarget(
  found: FoundWheels,
  options: Pick<PublicationOptions, 'index' | 'allowInsecure'>,
  repository: Repository,
): IndexTarget {
  const kinds = kindsOf(found, repository);
  const index =
    options.index ??
    (repository.settings.env['VLLM_CPU_INDEX'] || undefined) ??
    oneIndex(kinds.map(({ version, embedded }) => defaultIndex(version, embedded)));
  const embedded = kinds.some((kind) => kind.embedded);
  return targetOf({ ...options, index }, repository, kinds[0]?.version ?? '0', embedded);
}

/** What the default index of each wheel depends on. */
function kindsOf(
  { wheels, verified }: FoundWheels,
  { releases }: Repository,
): { version: string; embedded: boolean }[] {
  const expect = expectFrom(releases);
  return wheels.map((wheel) => {
    const report = verified.find(({ fileName }) => fileName === wheel.fileName);
    const pin = report?.release ? expect(report.release, wheel) : undefined;
    return { version: wheel.version, embedded: pin?.embedded ?? false };
  });
}

/** Candidates and final releases have different indexes; one run has one. */
function oneIndex(indexes: readonly string[]): string | undefined {
  const different = [...new Set(indexes)];
  if (different.length <= 1) return different[0];
  throw new VllmCpuError({
    code: 'INDEX_AMBIGUOUS',
    what: `the wheels in this folder have different default indexes: ${different.join(', ')}`,
    why: 'Pre-releases, final releases and the embedded sample have different default indexes.',
    next: 'Give one index for all of them with --index, or publish them from separate folders.',
  });
}
