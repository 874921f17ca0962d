import { setTimeout } from 'node:timers/promises';
import { VllmCpuError } from '../errors.ts';

/** How often and how patiently something is tried again. Times are milliseconds. */
export interface RetryPolicy {
  /** Tries altogether, the first one included. */
  attempts: number;
  firstPause: number;
  longestPause: number;
  /** A server that asks for a longer wait than this is given up on. */
  longestRetryAfter: number;
  /** Rejects with an AbortError as soon as the signal is aborted. */
  pause: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

export const DEFAULT_RETRIES: RetryPolicy = {
  attempts: 5,
  firstPause: 1_000,
  longestPause: 60_000,
  longestRetryAfter: 10 * 60_000,
  pause: (milliseconds, signal) => setTimeout(milliseconds, undefined, signal ? { signal } : {}),
};

/** What one try came to: a value, or a failure that another try may or may not get past. */
export type Attempt<T> =
  | { done: T }
  | {
      /** Thrown when there is no further try. */
      error: Error;
      /** Another try makes sense. */
      again: boolean;
      /** Milliseconds that the server asked for. */
      retryAfter?: number | undefined;
    };

/** Tries `attempt` by the policy; pauses double from try to try, and Retry-After is obeyed. */
export async function withRetries<T>(
  policy: RetryPolicy,
  attempt: (number: number) => Promise<Attempt<T>>,
  onRetry: (line: string) => void = () => undefined,
  signal?: AbortSignal,
): Promise<T> {
  for (let number = 1; ; number++) {
    const result = await attempt(number);
    if ('done' in result) return result.done;
    const pause = result.retryAfter ?? backoff(number, policy);
    const tooLong = (result.retryAfter ?? 0) > policy.longestRetryAfter;
    if (!result.again || number >= policy.attempts || tooLong) throw result.error;
    const reason = inOneLine(result.error);
    onRetry(`${reason}; try ${number + 1} of ${policy.attempts} in ${seconds(pause)}`);
    await policy.pause(pause, signal);
  }
}

function inOneLine(error: Error): string {
  const parts = error instanceof VllmCpuError ? [error.what, error.why] : [error.message];
  return parts.flatMap((part) => part?.split('\n')[0] || []).join(': ');
}

/** Pause after the failed try of this number, in milliseconds. */
function backoff(number: number, policy: RetryPolicy): number {
  return Math.min(policy.firstPause * 2 ** (number - 1), policy.longestPause);
}

/**
 * Milliseconds that a Retry-After header asks for, which is seconds or an HTTP date (RFC 9110,
 * 10.2.3); undefined where it is neither.
 */
export function parseRetryAfter(
  value: string | null | undefined,
  now: number = Date.now(),
): number | undefined {
  const text = value?.trim();
  if (!text) return undefined;
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Statuses after which the same request may succeed later. No other 4xx is ever repeated. */
export function isTransient(status: number): boolean {
  return status === 429 || status >= 500;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(milliseconds < 10_000 ? 1 : 0)} s`;
}
