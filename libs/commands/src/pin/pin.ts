import { join } from 'node:path';
import { pinReleases } from '@vllm-cpu/pin/write-pin';
import type { PinRequest, PinResult } from '@vllm-cpu/pin/write-pin';
import { loadEdits } from '@vllm-cpu/sources/edits';
import { isSourceDirectory, ONEDNN_REPOSITORY } from '@vllm-cpu/sources/onednn';
import { loadRefusals } from '@vllm-cpu/sources/refusals';
import { workspaceFolders } from '@vllm-cpu/sources/workspace-folders';
import { withLock } from '@vllm-cpu/system/file-lock';
import { compareUpstream } from '../check/compare-upstream.ts';
import type { NewReleases } from '../check/compare-upstream.ts';
import type { Repository } from '../repository.ts';
import { resolverOf } from '../resolver.ts';
import { cmakeToolsOf, releasesDir, upstreamOf } from '../upstream-access.ts';

/** Which releases are pinned: those that are named, or every new one. */
export interface PinOptions extends NewReleases {
  /** A selection such as "0.8.5, 0.11.0-0.11.2"; every new release where left out. */
  releases?: string | undefined;
  force?: boolean | undefined;
  dryRun?: boolean | undefined;
  json?: boolean | undefined;
}

/** Writes the pins that are chosen, or those of every new release; empty where nothing is new. */
export async function pin(options: PinOptions, repository: Repository): Promise<PinResult[]> {
  const { report, settings } = repository;
  const selection = options.releases ?? (await newReleases(options, repository));
  if (selection === '') return [];
  const folders = workspaceFolders(settings.workspace);
  return withLock(join(folders.locks, 'sources'), async () =>
    pinReleases({
      selection,
      access: upstreamOf(repository),
      store: folders.upstream,
      releasesDir: releasesDir(repository),
      reading: { variants: repository.variants, cmake: cmakeToolsOf(repository) },
      refusals: loadRefusals(repository.root),
      edits: loadEdits(repository.root),
      resolver: () => resolverOf(repository),
      dryRun: options.dryRun ?? false,
      force: options.force ?? false,
      ...(options.json ? {} : { report }),
      ...(await oneDnnAccess(settings)),
    }),
  );
}

/**
 * Where oneDNN's tags are asked for their commits: VLLM_CPU_ONEDNN, or the official repository where
 * upstream is the official one as well. A mirror of upstream means that others may not be reached.
 */
async function oneDnnAccess({
  oneDnn,
  upstream,
}: Repository['settings']): Promise<Pick<PinRequest, 'oneDnnRepository' | 'oneDnnMayFail'>> {
  if (oneDnn && !(await isSourceDirectory(oneDnn))) return { oneDnnRepository: oneDnn };
  return upstream ? {} : { oneDnnRepository: ONEDNN_REPOSITORY, oneDnnMayFail: true };
}

async function newReleases(options: PinOptions, repository: Repository): Promise<string> {
  const found = await compareUpstream(options, repository);
  return found.new.map((release) => release.version).join(', ');
}
