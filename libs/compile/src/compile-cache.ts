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
  const text = await readFile(statsLog, 'utf8').catch(() => '');
  const lines = text.split('\n');
  const count = (names: readonly string[]): number =>
    lines.filter((line) => names.includes(line.trim())).length;
  return {
    hits: count(['direct_cache_hit', 'preprocessed_cache_hit']),
    misses: count(['cache_miss']),
  };
}
