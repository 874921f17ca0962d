import { VllmCpuError } from '@vllm-cpu/system/errors';
import { parseRetryAfter } from '@vllm-cpu/system/retry';
import type { GithubSettings } from './github-client.ts';

/** Octokit reports a failed connection as status 500. */
export function isPassing(cause: unknown): boolean {
  const status = statusOf(cause);
  return status !== undefined && (status === 429 || status >= 500 || isLimited(cause));
}

/** Milliseconds until GitHub wants to be asked again. */
export function retryAfterOf(cause: unknown): number | undefined {
  const headers = headersOf(cause);
  const asked = parseRetryAfter(headers['retry-after']);
  if (asked !== undefined || !isLimited(cause)) return asked;
  const reset = Number(headers['x-ratelimit-reset']) * 1_000;
  return Number.isNaN(reset) ? undefined : Math.max(0, reset - Date.now());
}

/** A 403 that is about the number of calls, not about the token ("Rate limits for the REST API"). */
function isLimited(cause: unknown): boolean {
  const headers = headersOf(cause);
  const used = headers['x-ratelimit-remaining'] === '0' || headers['retry-after'] !== undefined;
  return statusOf(cause) === 403 && used;
}

function headersOf(cause: unknown): Readonly<Record<string, string | undefined>> {
  const { response } = cause as { response?: { headers?: Record<string, string> } };
  return response?.headers ?? {};
}

export function githubFailed(
  what: string,
  cause: unknown,
  settings: Pick<GithubSettings, 'owner' | 'repository'>,
): Error {
  const status = statusOf(cause);
  if (status === undefined) return cause instanceof Error ? cause : new Error(String(cause));
  const login = [401, 403, 404].includes(status) && !isLimited(cause);
  return new VllmCpuError({
    code: login ? 'GITHUB_FORBIDDEN' : 'GITHUB_FAILED',
    what: `GitHub: ${what} in ${settings.owner}/${settings.repository} failed`,
    why: `GitHub answered ${status}: ${(cause as Error).message}`,
    next: login
      ? 'Check the repository name, and that GITHUB_TOKEN has write access to it (permissions: contents: write).'
      : 'Run the same command again: it keeps what exists and adds what is missing.',
    cause,
  });
}

function statusOf(cause: unknown): number | undefined {
  const status = (cause as { status?: unknown }).status;
  return typeof status === 'number' ? status : undefined;
}
