import { join } from 'node:path';
import type { z } from 'zod';
import { checkReleases } from '../../pin/check-releases.ts';
import { listReleaseTags } from '../../pin/release-tags.ts';
import { pinReleases } from '../../pin/write-pin.ts';
import type { PinResult } from '../../pin/write-pin.ts';
import { isSourceDirectory } from '../../sources/onednn.ts';
import { workspaceFolders } from '../../sources/workspace-folders.ts';
import { withLock } from '../../system/file-lock.ts';
import type { Repository } from '../repository.ts';
import { gitOf, releasesDir, upstreamOf } from '../upstream-options.ts';
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
      repository: upstreamOf(repository),
      store: folders.upstream,
      releasesDir: releasesDir(repository),
      variants: repository.variants,
      git: gitOf(repository),
      dryRun: options.dryRun ?? false,
      force: options.force ?? false,
      ...(options.json ? {} : { report }),
      ...(oneDnn && !(await isSourceDirectory(oneDnn)) ? { oneDnnRepository: oneDnn } : {}),
    }),
  );
}

async function newReleases(options: Options, repository: Repository): Promise<string> {
  const available = await listReleaseTags(gitOf(repository), upstreamOf(repository));
  const found = checkReleases(available, repository.releases, {
    ...(options.minimum ? { minimum: options.minimum } : {}),
    exclude: (options.exclude ?? '').split(',').filter((each) => each.trim() !== ''),
    preReleases: options.preReleases ?? false,
  });
  return found.new.map((release) => release.version).join(', ');
}
