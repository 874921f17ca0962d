import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { cacheStatistics } from './cache-statistics.ts';

describe('the statistics of the compile cache', () => {
  const folder = temporaryFolders();

  it('count hits of both kinds and misses, and no other counter', async () => {
    const log = join(folder(), 'ccache.log');
    const compile = (file: string, ...results: string[]) => [`# ${file}`, ...results].join('\n');
    writeFileSync(
      log,
      [
        compile('a.cpp', 'direct_cache_hit', 'local_storage_hit', 'local_storage_read_hit'),
        compile('cache_miss.cpp', 'direct_cache_miss', 'preprocessed_cache_hit'),
        compile('b.cpp', 'direct_cache_miss', 'preprocessed_cache_miss', 'cache_miss'),
        compile('c.cpp', 'called_for_link'),
      ].join('\n'),
    );
    expect(await cacheStatistics(log)).toEqual({ hits: 2, misses: 1 });
  });

  it('are zero where nothing went through the cache', async () => {
    expect(await cacheStatistics(join(folder(), 'none.log'))).toEqual({ hits: 0, misses: 0 });
  });
});
