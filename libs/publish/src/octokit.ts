import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { Octokit } from '@octokit/rest';
import type { GithubSettings } from '@vllm-cpu/github/github-client';

const GithubApi = Octokit.plugin(retry, throttling);

export type GithubApi = InstanceType<typeof GithubApi>;

/** Seconds: a limit that lasts longer is left to the next run. */
const LONGEST_WAIT = 600;
const MOST_WAITS = 3;

/**
 * GitHub's REST API: repeats what failed on its side, and waits where a limit says so. Nothing of it is
 * logged by itself, because requests have the token in them.
 */
export function createOctokit(
  settings: Pick<GithubSettings, 'token' | 'baseUrl' | 'fetch' | 'print'>,
): GithubApi {
  const silent = () => undefined;
  const wait = (what: string) => (seconds: number, request: object, _: object, tries: number) => {
    const again = tries < MOST_WAITS && seconds <= LONGEST_WAIT;
    const { method, url } = request as { method: string; url: string };
    settings.print(`${what} of GitHub at ${method} ${url}${again ? `: waiting ${seconds} s` : ''}`);
    return again;
  };
  return new GithubApi({
    auth: settings.token,
    userAgent: 'vllm-cpu-wheels',
    ...(settings.fetch ? { request: { fetch: settings.fetch } } : {}),
    log: { debug: silent, info: silent, warn: silent, error: silent },
    ...(settings.baseUrl ? { baseUrl: settings.baseUrl.replace(/\/+$/, '') } : {}),
    throttle: {
      onRateLimit: wait('rate limit'),
      onSecondaryRateLimit: wait('secondary rate limit'),
    },
  });
}
