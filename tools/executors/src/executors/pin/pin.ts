import { join } from 'node:path';
import type { z } from 'zod';
import { checkReleases } from '../../pin/check-releases.ts';
import { listAvailable } from '../../pin/available-releases.ts';
import { pinReleases } from '../../pin/write-pin.ts';
import type { PinResult } from '../../pin/write-pin.ts';
import { loadEdits } from '../../sources/edits.ts';
import { isSourceDirectory } from '../../sources/onednn.ts';
import { loadRefusals } from '../../sources/refusals.ts';
import { workspaceFolders } from '../../sources/workspace-folders.ts';
import { withLock } from '../../system/file-lock.ts';
import type { Repository } from '../repository.ts';
import { resolverOf } from '../resolver.ts';
import { cmakeToolsOf, releasesDir, upstreamOf } from '../upstream-options.ts';
import type { pinOptions } from './options.ts';

type Options = z.infer<typeof pinOptions>;

/** Writes the pins that are chosen, or those of every new release; empty where nothing is new. */
export async function pin(options: Options, repository: Repository): Promise<PinResult[]> {
  const { report, settings } = repository;
  const selection = options.releases ?? (await newReleases(options, repository));
  if (selection === '') return [];
  const folders = workspaceFolders(settings.workspace);
  const oneDnn = settings.oneDnn;
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
      ...(oneDnn && !(await isSourceDirectory(oneDnn)) ? { oneDnnRepository: oneDnn } : {}),
    }),
  );
}

async function newReleases(options: Options, repository: Repository): Promise<string> {
  const { releases } = await listAvailable(upstreamOf(repository));
  const found = checkReleases(releases, repository.releases, {
    refusals: loadRefusals(repository.root),
    ...(options.minimum ? { minimum: options.minimum } : {}),
    exclude: (options.exclude ?? '').split(',').filter((each) => each.trim() !== ''),
    preReleases: options.preReleases ?? false,
  });
  return found.new.map((release) => release.version).join(', ');
}
