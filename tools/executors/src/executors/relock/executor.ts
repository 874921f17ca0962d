import { join } from 'node:path';
import { describeChange } from '../../pin/build-lock-writer.ts';
import type { LockChange } from '../../pin/build-lock-writer.ts';
import { commitFiles, directoryFiles } from '../../pin/read-release.ts';
import type { ReleaseFiles } from '../../pin/read-release.ts';
import { relockTools } from '../../pin/relock-tools.ts';
import { relock } from '../../pin/relock.ts';
import { embeddedFolders } from '../../sources/catalogue.ts';
import type { Release } from '../../sources/release.ts';
import { ensurePinnedCommit } from '../../sources/upstream-repository.ts';
import { workspaceFolders } from '../../sources/workspace-folders.ts';
import { withLock } from '../../system/file-lock.ts';
import { executor } from '../executor.ts';
import type { Repository } from '../repository.ts';
import { resolverOf } from '../resolver.ts';
import { gitOf, releasesDir, upstreamOf } from '../upstream-options.ts';
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
        filesOf: (_, pin) => filesOf(pin, repository),
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

async function filesOf(pin: Release, repository: Repository): Promise<ReleaseFiles> {
  const { source, version } = pin;
  if (source.kind === 'embedded') {
    return directoryFiles(
      ...embeddedFolders(source).map((folder) => join(repository.root, folder)),
    );
  }
  const git = gitOf(repository);
  const folders = workspaceFolders(repository.settings.workspace);
  const { tag, commit } = source;
  const at = await withLock(join(folders.locks, 'sources'), () =>
    ensurePinnedCommit(
      git,
      folders.upstream,
      { from: upstreamOf(repository), tag, commit },
      repository.report,
    ),
  );
  return commitFiles({ git, ...at }, `vLLM ${version}`);
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
