import { VllmCpuError } from '@vllm-cpu/system/errors';
import { proxiedFetch } from '@vllm-cpu/system/proxied-fetch';
import type { GithubSettings } from './github-api.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where releases are made: GITHUB_REPOSITORY (`owner/name`, set in GitHub's jobs), GITHUB_TOKEN or
 * GH_TOKEN (a dry run needs none), and GITHUB_API_URL for GitHub Enterprise unless `given`.
 * @throws VllmCpuError GITHUB_REPOSITORY_UNKNOWN, GITHUB_TOKEN_MISSING
 */
export function githubSettings(
  env: Environment,
  given: {
    baseUrl?: string | undefined;
    /** Only read: a public repository needs no token for that. */
    dryRun?: boolean | undefined;
  } = {},
): Pick<GithubSettings, 'owner' | 'repository' | 'token' | 'baseUrl' | 'fetch'> {
  const text = env['GITHUB_REPOSITORY'] ?? '';
  // Also the address of a clone: https://github.com/owner/name.git, git@github.com:owner/name.git
  const [, owner, repository] = /(?:^|[/:])([\w.-]+)\/([\w.-]+?)(?:\.git)?\/?$/.exec(text) ?? [];
  if (!owner || !repository) {
    throw new VllmCpuError({
      code: 'GITHUB_REPOSITORY_UNKNOWN',
      what: text
        ? `invalid GitHub repository: ${JSON.stringify(text)}`
        : 'no GitHub repository given',
      why: 'The GitHub release is created in a repository, written owner/name.',
      next: 'Set GITHUB_REPOSITORY=owner/name, or pass --skip-github.',
    });
  }
  const token = (env['GITHUB_TOKEN'] || env['GH_TOKEN'])?.trim();
  if (!token && !given.dryRun) {
    throw new VllmCpuError({
      code: 'GITHUB_TOKEN_MISSING',
      what: `no GitHub token for ${owner}/${repository}`,
      next: 'Set GITHUB_TOKEN (with permission to write contents) in the environment or in .env, or pass --skip-github.',
    });
  }
  const baseUrl = given.baseUrl || env['GITHUB_API_URL'] || undefined;
  return { owner, repository, token, baseUrl, fetch: proxiedFetch(env) };
}
