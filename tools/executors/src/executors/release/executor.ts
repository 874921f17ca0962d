import { publishRelease } from '@vllm-cpu/publish/github-release';
import { wheelAssets } from '@vllm-cpu/publish/release-assets';
import { builtWheel } from '@vllm-cpu/commands/built-wheel';
import { preflightOptions } from '../preflight/options.ts';
import { builtWheels } from '@vllm-cpu/commands/publication';
import { executor } from '../executor.ts';
import { variantsOn } from '@vllm-cpu/commands/subject';
import {
  githubOf,
  hasReleasePage,
  NO_PAGE,
  pageOf,
  pageText,
} from '@vllm-cpu/commands/release-page-content';

export default executor(preflightOptions, async (options, repository) => {
  const { root, report } = repository;
  if (options.skipGithub) {
    report('no GitHub release: --skip-github');
    return true;
  }
  const { release, variants } = variantsOn(repository, options.release);
  if (!hasReleasePage(release, repository)) {
    report(NO_PAGE);
    return true;
  }
  const names = variants.map(({ name }) => name);
  const { version } = builtWheel(root, names[0] ?? '', options.release).manifest;
  const { wheels, verified } = await builtWheels(repository, names, options.release);
  const dryRun = options.dryRun ?? false;
  const result = await publishRelease(
    {
      ...pageOf(version, wheels, release, repository),
      wheels,
      assets: await wheelAssets(wheels, verified),
    },
    githubOf(repository, { print: options.json ? () => undefined : report, dryRun }),
    { dryRun },
  );
  report(options.json ? JSON.stringify(result) : pageText(result, dryRun));
  return true;
});
