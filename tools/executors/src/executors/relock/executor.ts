import { join } from 'node:path';
import { describeChange } from '../../pin/build-lock-writer.ts';
import type { LockChange } from '../../pin/build-lock-writer.ts';
import { directoryFiles } from '../../pin/release-files.ts';
import type { ReleaseFiles } from '../../pin/release-files.ts';
import { withSources } from '../../pin/release-sources.ts';
import { relockTools } from '../../pin/relock-tools.ts';
import { relock } from '../../pin/relock.ts';
import { embeddedFolders } from '../../sources/catalogue.ts';
import type { Release } from '../../sources/release.ts';
import { workspaceFolders } from '../../sources/workspace-folders.ts';
import { withLock } from '../../system/file-lock.ts';
import { executor } from '../executor.ts';
import type { Repository } from '../repository.ts';
import { resolverOf } from '../resolver.ts';
import { releasesDir, upstreamOf } from '../upstream-options.ts';
import { relockOptions } from './options.ts';

export default executor(relockOptions, async (options, repository) => {
  const { report, root } = repository;
  const { excludeNewer, dryRun, json } = options;
  const resolver = await resolverOf(repository);
  const results = options.tools
    ? await relockTools(root, resolver, { excludeNewer, dryRun })
    : await relock({
        names: namesOf(options.releases, repository),
        ...{ releasesDir: releasesDir(repository), resolver, excludeNewer, dryRun },
        withFiles: (_, pin, use) => withFiles(pin, repository, use),
        ...(json ? {} : { report }),
      });
  if (json) {
    report(JSON.stringify(results));
    return true;
  }
  for (const result of results) {
    const would = dryRun && result.change !== 'unchanged' ? ' (dry run: not written)' : '';
    report(`${'file' in result ? result.file : result.name}: ${result.change}${would}`);
    lines(result).forEach((line) => report(`  ${line}`));
  }
  return true;
});

function namesOf(selection: string | undefined, { releases }: Repository): string[] {
  if (selection === undefined) return releases.map(({ name }) => name);
  return selection.split(',').flatMap((name) => name.trim() || []);
}

async function withFiles<T>(
  pin: Release,
  repository: Repository,
  use: (files: ReleaseFiles) => Promise<T>,
): Promise<T> {
  const { source, version } = pin;
  if (source.kind === 'embedded') {
    return use(directoryFiles(embeddedFolders(source).map((each) => join(repository.root, each))));
  }
  const { upstream: store, locks } = workspaceFolders(repository.settings.workspace);
  const { tag, commit, sdist } = source;
  const release = { version, tag, commit, ...(sdist ? { sdist } : {}) };
  const { report } = repository;
  return withLock(join(locks, 'sources'), () =>
    withSources(release, pin, { access: upstreamOf(repository), store, report }, ({ files }) =>
      use(files),
    ),
  );
}

function lines(result: {
  locked: LockChange[];
  torchVerified?: Record<string, boolean>;
}): string[] {
  const unverified = Object.entries(result.torchVerified ?? {}).flatMap(([platform, verified]) =>
    verified ? [] : [platform],
  );
  return [
    ...result.locked.map(describeChange),
    ...(unverified.length > 0 ? [`torch: not verified by digest on ${unverified.join(', ')}`] : []),
  ];
}
