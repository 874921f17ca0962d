import type { z } from 'zod';
import { checkReleases } from '../../pin/check-releases.ts';
import { listAvailable } from '../../pin/available-releases.ts';
import { pinReleases } from '../../pin/write-pin.ts';
import { loadEdits } from '../../sources/edits.ts';
import { loadRefusals } from '../../sources/refusals.ts';
import type { ReleaseSource } from '../../sources/release.ts';
import { workspaceFolders } from '../../sources/workspace-folders.ts';
import { withLock } from '../../system/file-lock.ts';
import { join } from 'node:path';
import { executor } from '../executor.ts';
import type { Repository } from '../repository.ts';
import { isSourceDirectory } from '../../sources/onednn.ts';
import { cmakeToolsOf, releasesDir, upstreamOf } from '../upstream-options.ts';
import { describeChange } from '../../pin/build-lock-writer.ts';
import { resolverOf } from '../resolver.ts';
import { pinOptions } from './options.ts';

export default executor(pinOptions, async (options, repository) => {
  const { report, settings } = repository;
  const selection = options.releases ?? (await newReleases(options, repository));
  if (selection === '') {
    report(options.json ? '[]' : 'Nothing is new: every release that is wanted is pinned.');
    return true;
  }
  const folders = workspaceFolders(settings.workspace);
  const oneDnn = settings.oneDnn;
  const results = await withLock(join(folders.locks, 'sources'), async () =>
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
  if (options.json) {
    report(JSON.stringify(results));
    return true;
  }
  for (const { name, change, pin, locked, notes } of results) {
    const would = options.dryRun && change !== 'unchanged' ? ' (dry run: not written)' : '';
    report(`${name}: ${change}${would}, ${identity(pin.source)}`);
    locked.forEach((each) => report(`  locked ${describeChange(each)}`));
    notes.forEach((note) => report(`  ${note}`));
  }
  return true;
});

async function newReleases(
  options: z.infer<typeof pinOptions>,
  repository: Repository,
): Promise<string> {
  const { releases } = await listAvailable(upstreamOf(repository));
  const found = checkReleases(releases, repository.releases, {
    refusals: loadRefusals(repository.root),
    ...(options.minimum ? { minimum: options.minimum } : {}),
    exclude: (options.exclude ?? '').split(',').filter((each) => each.trim() !== ''),
    preReleases: options.preReleases ?? false,
  });
  return found.new.map((release) => release.version).join(', ');
}

/** What a reader can compare: the commit, or the archive's digest. */
function identity({ commit, sdist }: ReleaseSource): string {
  if (sdist) return `${sdist.file} sha256 ${sdist.sha256.slice(0, 12)}`;
  return commit?.slice(0, 12) ?? 'embedded';
}
