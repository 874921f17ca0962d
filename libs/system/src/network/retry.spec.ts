import { describe, expect, it } from '@jest/globals';
import { VllmCpuError } from '../errors.ts';
import { DEFAULT_RETRIES, isTransient, parseRetryAfter, withRetries } from './retry.ts';
import type { Attempt } from './retry.ts';

/** Runs the attempts and gives the pauses between them, in milliseconds. */
async function pausesOf(results: Attempt<string>[], attempts = 5): Promise<unknown[]> {
  const seen: unknown[] = [];
  const pause = async (milliseconds: number) => void seen.push(milliseconds);
  await withRetries({ ...DEFAULT_RETRIES, attempts, pause }, async (number) => {
    const result = results[number - 1];
    if (!result) throw new Error('one try too many');
    return result;
  }).then(
    (value) => seen.push(value),
    (error: Error) => seen.push(error.message),
  );
  return seen;
}

const busy: Attempt<string> = { error: new Error('busy'), again: true };

describe('trying again', () => {
  it('doubles the pause from try to try and ends with the first success', async () => {
    const seen = await pausesOf([busy, busy, busy, { done: 'there' }]);
    expect(seen).toEqual([1_000, 2_000, 4_000, 'there']);
  });

  it('gives up after the last try', async () => {
    expect(await pausesOf([busy, busy, busy], 3)).toEqual([1_000, 2_000, 'busy']);
  });

  it('stops at once where another try cannot help', async () => {
    expect(await pausesOf([{ error: new Error('forbidden'), again: false }])).toEqual([
      'forbidden',
    ]);
  });

  it('waits as long as the server asks', async () => {
    const asked = { ...busy, retryAfter: 17_000 };
    expect(await pausesOf([asked, { done: 'there' }])).toEqual([17_000, 'there']);
  });

  it('gives up where the server asks for a wait of hours', async () => {
    expect(await pausesOf([{ ...busy, retryAfter: 7_200_000 }])).toEqual(['busy']);
  });

  it('says what went wrong and why before it tries again', async () => {
    const error = new VllmCpuError({
      code: 'X',
      what: 'not sent',
      why: 'It is busy.\n',
      next: 'Run.',
    });
    const lines: string[] = [];
    const policy = { ...DEFAULT_RETRIES, attempts: 2, pause: async () => undefined };
    const tried = withRetries(
      policy,
      async () => ({ error, again: true }),
      (line) => lines.push(line),
    );
    await expect(tried).rejects.toBe(error);
    expect(lines).toEqual(['not sent: It is busy.; try 2 of 2 in 1.0 s']);
  });

  it('waits no longer when it is interrupted', async () => {
    const controller = new AbortController();
    const tried = withRetries(
      DEFAULT_RETRIES,
      async () => ({ ...busy, retryAfter: 60_000 }),
      () => controller.abort(),
      controller.signal,
    );
    await expect(tried).rejects.toMatchObject({ name: 'AbortError' });
  });

  it.each([
    ['120', 120_000],
    ['Fri, 20 Nov 2026 12:00:30 GMT', 30_000],
    ['Fri, 20 Nov 2026 11:00:00 GMT', 0],
    ['soon', undefined],
    [null, undefined],
  ])('reads Retry-After %s', (value, expected) => {
    expect(parseRetryAfter(value, Date.parse('2026-11-20T12:00:00Z'))).toBe(expected);
  });

  it('never repeats a 4xx but 429', () => {
    expect([400, 401, 403, 404, 408, 409, 429, 500, 503].filter(isTransient)).toEqual([
      429, 500, 503,
    ]);
  });
});
