import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { Octokit } from '@octokit/rest';
import { githubFailed } from './github-errors.ts';

const RepeatingOctokit = Octokit.plugin(retry, throttling);

type Client = InstanceType<typeof RepeatingOctokit>;
type ClientOptions = NonNullable<ConstructorParameters<typeof RepeatingOctokit>[0]>;

/** A repository, and how GitHub's API is reached. */
export interface GithubSettings {
  owner: string;
  repository: string;
  /** Undefined for a dry run without one, which reads what is public. */
  token: string | undefined;
  /** Base of the REST API, for GitHub Enterprise: `https://github.example.com/api/v3`. */
  baseUrl?: string | undefined;
  /** For machines behind a proxy: proxiedFetch(env). */
  fetch?: typeof fetch;
  print: (line: string) => void;
  /** Lets specs wait for milliseconds where the plugins would for seconds. */
  pace?: Pick<ClientOptions, 'retry'> & { throttle: Partial<ClientOptions['throttle']> };
}

interface Place {
  owner: string;
  repo: string;
}

/**
 * Calls the REST API for one repository. `what` is being done, for the error.
 * @throws VllmCpuError GITHUB_FORBIDDEN, GITHUB_FAILED
 */
export type AskGithub = <T>(
  what: string,
  call: (github: Client, place: Place) => Promise<T>,
) => Promise<T>;

/** Seconds: a limit that lasts longer is left to the next run. */
const LONGEST_WAIT = 600;
const MOST_WAITS = 3;

/**
 * GitHub's REST API. Octokit's plugins repeat what failed on GitHub's side or on the way there, keep the
 * pace that GitHub asks for (a second between writes), and wait where a limit says so.
 */
export function githubApi(settings: GithubSettings): AskGithub {
  const github = createClient(settings);
  const place = { owner: settings.owner, repo: settings.repository };
  return async (what, call) => {
    try {
      return await call(github, place);
    } catch (cause) {
      throw githubFailed(what, cause, settings);
    }
  };
}

function createClient({ token, baseUrl, fetch, print, pace }: GithubSettings): Client {
  const silent = () => undefined;
  const wait = (limit: string) => (seconds: number, request: object, _: object, tries: number) => {
    const again = tries < MOST_WAITS && seconds <= LONGEST_WAIT;
    const { method, url } = request as { method: string; url: string };
    print(`${limit} of GitHub reached at ${method} ${url}${again ? `; waiting ${seconds} s` : ''}`);
    return again;
  };
  return new RepeatingOctokit({
    ...(token ? { auth: token } : {}),
    userAgent: 'vllm-cpu-wheels',
    ...(fetch ? { request: { fetch } } : {}),
    // Octokit logs requests, which have the token in them.
    log: { debug: silent, info: silent, warn: silent, error: silent },
    ...(baseUrl ? { baseUrl: baseUrl.replace(/\/+$/, '') } : {}),
    ...(pace?.retry ? { retry: pace.retry } : {}),
    throttle: {
      ...pace?.throttle,
      onRateLimit: wait('rate limit'),
      onSecondaryRateLimit: wait('secondary rate limit'),
    },
  });
}
