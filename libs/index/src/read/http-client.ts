import { VllmCpuError } from '@vllm-cpu/system/errors';
import { parseIndexUrl } from '../target/index-url.ts';
import { DEFAULT_RETRIES, isTransient, parseRetryAfter, withRetries } from '@vllm-cpu/system/retry';
import type { UrlRules } from '../target/index-url.ts';
import type { Attempt, RetryPolicy } from '@vllm-cpu/system/retry';

export interface HttpRequest {
  /** User information in it is sent as an Authorization header. */
  url: string;
  headers?: Readonly<Record<string, string>>;
}

export interface HttpResponse {
  /** Never 429 or 5xx: those are repeated, and then thrown. */
  status: number;
  /** Where redirects ended. */
  url: string;
  headers: Headers;
  body: Uint8Array;
  text: () => string;
}

/** Sends requests to an index, with a time limit and retries. */
export interface HttpClient {
  /** @throws VllmCpuError INDEX_UNREACHABLE when every try failed. */
  send(request: HttpRequest): Promise<HttpResponse>;
}

export interface HttpOptions extends UrlRules {
  retries?: RetryPolicy;
  /** Milliseconds of silence after which a try is given up; a large file may take any time. */
  timeout?: number;
  /** For machines behind a proxy: proxiedFetch(env). */
  fetch?: typeof fetch;
  /** Receives a line for each repeated try. */
  onRetry?: (line: string) => void;
}

const DEFAULT_TIMEOUT = 60_000;

export function createHttpClient(options: HttpOptions = {}): HttpClient {
  const policy = options.retries ?? DEFAULT_RETRIES;
  return {
    send: (request) =>
      withRetries(policy, () => attempt(request, options), options.onRetry ?? (() => undefined)),
  };
}

async function attempt(request: HttpRequest, options: HttpOptions): Promise<Attempt<HttpResponse>> {
  const target = parseIndexUrl(request.url, options);
  const timeout = options.timeout ?? DEFAULT_TIMEOUT;
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), timeout);
  try {
    const response = await (options.fetch ?? fetch)(target.href, {
      headers: {
        ...(target.authorization ? { authorization: target.authorization } : {}),
        ...request.headers,
      },
      signal: silence.signal,
    });
    const body = await readBody(response, () => timer.refresh());
    if (isTransient(response.status)) return refusedForNow(target.href, response);
    return {
      done: {
        status: response.status,
        url: response.url,
        headers: response.headers,
        body,
        text: () => new TextDecoder().decode(body),
      },
    };
  } catch (cause) {
    const why = silence.signal.aborted ? `Nothing came for ${timeout / 1_000} s.` : explain(cause);
    return { again: true, error: unreachable(target.href, why, cause) };
  } finally {
    clearTimeout(timer);
  }
}

async function readBody(response: Response, onPiece: () => void): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of response.body ?? []) {
    onPiece();
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function refusedForNow(url: string, response: Response): Attempt<never> {
  return {
    again: true,
    error: unreachable(url, `It answered ${response.status} ${response.statusText}.`.trim()),
    retryAfter: parseRetryAfter(response.headers.get('retry-after')),
  };
}

function unreachable(url: string, why: string, cause?: unknown): VllmCpuError {
  return new VllmCpuError({
    code: 'INDEX_UNREACHABLE',
    what: `no usable response from ${url}`,
    why,
    next: 'Check the network and the status of the index, then try again. Completed uploads are kept.',
    cause,
  });
}

/** fetch says "fetch failed" and keeps the reason in its cause. */
function explain(cause: unknown): string {
  const error = cause as Partial<NodeJS.ErrnoException>;
  const inner = (error.cause ?? error) as Partial<NodeJS.ErrnoException>;
  return inner.message || inner.code || String(cause);
}
