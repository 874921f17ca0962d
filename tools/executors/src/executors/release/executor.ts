import { isLoopback } from '../../publish/index-url.ts';
import { publishRelease } from '../../publish/github-release.ts';
import { githubSettings } from '../../publish/github-settings.ts';
import { wheelAssets } from '../../publish/release-assets.ts';
import { releaseNotes } from '../../publish/release-notes.ts';
import { createPublishTools } from '../../publish/publish-tools.ts';
import { parseVersion } from '../../wheel/version.ts';
import { builtWheel } from '../built-wheel.ts';
import { preflightOptions } from '../preflight/options.ts';
import { builtWheels } from '../publish/publication.ts';
import { executor } from '../repository.ts';
import { variantsOn } from '../subject.ts';

/** The sample goes to this machine only, as it does with package indexes. */
const isOnThisMachine = (url: string | undefined): boolean =>
  url !== undefined && URL.canParse(url) && isLoopback(new URL(url).hostname);

export default executor(preflightOptions, async (options, repository) => {
  const { settings, report } = repository;
  if (options.skipGithub) {
    report('no GitHub release: --skipGithub');
    return true;
  }
  const { release, platform, variants } = variantsOn(repository, options.release);
  if (release.source.kind === 'embedded' && !isOnThisMachine(settings.env['GITHUB_API_URL'])) {
    report('no GitHub release: the embedded upstream is for trying out');
    return true;
  }
  const names = variants.map(({ name }) => name);
  const { version } = builtWheel(repository.root, names[0] ?? '', options.release).manifest;
  const found = await builtWheels(repository, names, options.release);
  const page = release.source.repository?.replace(/\.git$/, '');
  const notes = releaseNotes({
    version,
    wheels: found.wheels,
    variants: repository.variants,
    upstream: {
      version: release.version,
      url: page ? `${page}/releases/tag/${release.source.tag}` : null,
    },
    licence: 'Apache-2.0',
    equivalences: new Map(
      release.equivalences
        .filter((entry) => entry.platform === platform)
        .map((entry) => [entry.variant, entry.to]),
    ),
  });
  const { retries } = createPublishTools({ runner: repository.runner, env: {}, print: report });
  const result = await publishRelease(
    {
      tag: `v${version}`,
      title: `vLLM ${version} for CPUs`,
      notes,
      prerelease: parseVersion(version).isPrerelease,
      wheels: found.wheels,
      assets: await wheelAssets(found.wheels, found.verified),
    },
    { ...githubSettings(settings.env), retries, print: options.json ? () => undefined : report },
    { dryRun: options.dryRun ?? false },
  );
  report(
    options.json
      ? JSON.stringify(result)
      : `release ${result.tag}: ${result.uploaded.length} files ${options.dryRun ? 'would be ' : ''}uploaded, ${result.alreadyThere.length} there already ${result.url ?? ''}`,
  );
  return true;
});
