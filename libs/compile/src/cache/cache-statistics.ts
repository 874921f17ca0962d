import { readFile } from 'node:fs/promises';

export interface CacheStatistics {
  hits: number;
  misses: number;
}

/**
 * Counts the results in the log that ccache writes to CCACHE_STATSLOG: a comment line per compile, then
 * one line per counter. A missing log means that no compile went through ccache.
 */
export async function cacheStatistics(statsLog: string): Promise<CacheStatistics> {
  const counters = await loggedCounters(statsLog);
  const count = (names: readonly string[]): number =>
    counters.filter((counter) => names.includes(counter)).length;
  return {
    hits: count(['direct_cache_hit', 'preprocessed_cache_hit']),
    misses: count(['cache_miss']),
  };
}

/** How many compiles could not use the remote storage, from the same log. */
export async function remoteFailures(statsLog: string): Promise<number> {
  const counters = await loggedCounters(statsLog);
  return counters.filter((counter) => REMOTE_FAILURE.test(counter)).length;
}

/** ccache 4.4 to 4.6 call the remote storage secondary. */
const REMOTE_FAILURE = /^(remote|secondary)_storage_(error|timeout)$/;
const REMOTE_ANSWER = /^(remote|secondary)_storage_(read_)?(hit|miss)$/;

/**
 * Whether the compile that left this log was answered by the remote storage. A read that ran into a
 * timeout is counted as a miss as well, and an answered one has a counter of its own (ccache 4.7 on).
 */
export async function remoteAnswered(statsLog: string): Promise<boolean> {
  const counters = await loggedCounters(statsLog);
  if (counters.some((counter) => /_storage_read_(hit|miss)$/.test(counter))) {
    return counters.some((counter) => /^remote_storage_read_(hit|miss)$/.test(counter));
  }
  const failed = counters.some((counter) => REMOTE_FAILURE.test(counter));
  return !failed && counters.some((counter) => REMOTE_ANSWER.test(counter));
}

async function loggedCounters(statsLog: string): Promise<string[]> {
  const text = await readFile(statsLog, 'utf8').catch(() => '');
  return text.split('\n').map((line) => line.trim());
}
