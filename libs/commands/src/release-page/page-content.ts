import type { GithubSettings } from '@vllm-cpu/github/github-api';
import type { NewRelease } from '@vllm-cpu/github/releases';
import type { ReleaseResult } from '@vllm-cpu/publish/github-release';
import { githubSettings } from '@vllm-cpu/github/github-settings';
import { isLoopback } from '@vllm-cpu/system/loopback';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';
import { releaseNotes } from '@vllm-cpu/publish/release-notes';
import type { Release } from '@vllm-cpu/sources/release';
import { parseVersion } from '@vllm-cpu/wheel/version';
import type { Repository } from '../repository.ts';

/** The sample goes to this machine only, as it does with package indexes. */
export function hasReleasePage(release: Release, { settings }: Repository): boolean {
  if (release.source.kind !== 'embedded') return true;
  const url = settings.env['GITHUB_API_URL'];
  return url !== undefined && URL.canParse(url) && isLoopback(new URL(url).hostname);
}

export const NO_PAGE = 'no GitHub release: the embedded upstream is for trying out';

/** Tag, title and notes of the page about these wheels. */
export function pageOf(
  version: string,
  wheels: readonly PublishableWheel[],
  release: Release,
  { variants, settings }: Repository,
): NewRelease {
  const page = release.source.repository?.replace(/\.git$/, '');
  return {
    tag: `v${version}`,
    title: `vLLM ${version} for CPUs`,
    prerelease: parseVersion(version).isPrerelease,
    notes: releaseNotes({
      version,
      wheels,
      variants,
      upstream: {
        version: release.version,
        url: page ? `${page}/releases/tag/${release.source.tag}` : null,
      },
      licence: 'Apache-2.0',
      assets: assetsOf(`v${version}`, settings.env),
      equivalences: new Map(release.equivalences.map(({ variant, to }) => [variant, to])),
    }),
  };
}

/** Where the files of a release are downloaded; null outside a repository on GitHub. */
function assetsOf(tag: string, env: Readonly<Record<string, string | undefined>>): string | null {
  const server = env['GITHUB_SERVER_URL'] || 'https://github.com';
  const repository = env['GITHUB_REPOSITORY'] ?? '';
  const known = /^[\w.-]+\/[\w.-]+$/.test(repository);
  return known ? `${server}/${repository}/releases/download/${encodeURIComponent(tag)}/` : null;
}

/** Where releases are made, as the environment says. A dry run without a token warns, and reads. */
export function githubOf(
  { settings }: Repository,
  { print, dryRun }: { print: (line: string) => void; dryRun: boolean },
): GithubSettings {
  const github = githubSettings(settings.env, { dryRun });
  if (!github.token) print('warning: no GITHUB_TOKEN is set, which is needed without --dry-run');
  return { ...github, print };
}

/** One line for a person. */
export function pageText(result: ReleaseResult, dryRun: boolean): string {
  const would = dryRun ? 'would be ' : '';
  const { tag, uploaded, alreadyThere, url } = result;
  return `release ${tag}: ${uploaded.length} files ${would}uploaded, ${alreadyThere.length} there already ${url ?? ''}`;
}
