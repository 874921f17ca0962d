import { VllmCpuError } from '@vllm-cpu/system/errors';

/** What Octokit throws: an answer that is not a success, or a failed connection, as status 500. */
interface RequestFailure {
  status: number;
  message: string;
  response?: { headers?: Readonly<Record<string, string | undefined>> };
}

/** Any other failure than GitHub's is passed on as it is. */
export function githubFailed(
  what: string,
  cause: unknown,
  place: { owner: string; repository: string },
): Error {
  if (!isRequestFailure(cause)) return cause instanceof Error ? cause : new Error(String(cause));
  const refused = [401, 403, 404].includes(cause.status) && !isLimited(cause);
  return new VllmCpuError({
    code: refused ? 'GITHUB_FORBIDDEN' : 'GITHUB_FAILED',
    what: `GitHub: ${what} in ${place.owner}/${place.repository} failed`,
    why: `GitHub answered ${cause.status}: ${cause.message}`,
    next: refused
      ? 'Check the repository and the permissions of GITHUB_TOKEN: a release needs contents: write; a pull ' +
        'request needs pull-requests: write, and must be allowed in Settings, Actions, General.'
      : 'Run the same command again: it keeps what exists and adds what is missing.',
    cause,
  });
}

/** A 403 that is about the number of calls, not about the token ("Rate limits for the REST API"). */
function isLimited({ response }: RequestFailure): boolean {
  const headers = response?.headers ?? {};
  return headers['x-ratelimit-remaining'] === '0' || headers['retry-after'] !== undefined;
}

function isRequestFailure(cause: unknown): cause is RequestFailure {
  return typeof (cause as { status?: unknown }).status === 'number';
}
