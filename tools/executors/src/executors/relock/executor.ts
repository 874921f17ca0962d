import { join } from 'node:path';
import { describeChange } from '@vllm-cpu/pin/build-lock-writer';
import type { LockChange } from '@vllm-cpu/pin/build-lock-writer';
import { directoryFiles } from '@vllm-cpu/pin/release-files';
import type { ReleaseFiles } from '@vllm-cpu/pin/release-files';
import { withSources } from '@vllm-cpu/pin/release-sources';
import { relockTools } from '@vllm-cpu/pin/relock-tools';
import { relock } from '@vllm-cpu/pin/relock';
import { embeddedFolders } from '@vllm-cpu/sources/catalogue';
import type { Release } from '@vllm-cpu/sources/release';
import { workspaceFolders } from '@vllm-cpu/sources/workspace-folders';
import { withLock } from '@vllm-cpu/system/file-lock';
import { executor } from '../executor.ts';
import type { Repository } from '@vllm-cpu/commands/repository';
import { resolverOf } from '@vllm-cpu/commands/resolver';
import { chosenItems } from '@vllm-cpu/commands/chosen';
import { withoutTagPrefix } from '@vllm-cpu/commands/release-option';
import { releasesDir, upstreamOf } from '@vllm-cpu/commands/upstream-access';
import { relockOptions } from './options.ts';

export default executor(relockOptions, async (options, repository) => {
  const { report, root } = repository;
  const { excludeNewer, dryRun, json } = options;
  const resolver = () => resolverOf(repository);
  const results = options.tools
    ? await relockTools(root, await resolver(), { excludeNewer, dryRun })
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
  return (
    chosenItems(selection, 'releases')?.map(withoutTagPrefix) ?? releases.map(({ name }) => name)
  );
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
