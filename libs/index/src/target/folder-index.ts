import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { addToStaticIndex } from '../static/static-index.ts';
import { createDirectoryReader, STATIC_LAYOUT } from '../static/static-reader.ts';
import { NO_LIMITS } from './index-limits.ts';
import type { IndexTarget } from './index-target.ts';

/** A static index on disk; `directory` is absolute. It is written and read without any server. */
export function folderIndex(directory: string): IndexTarget {
  return {
    label: `file:${directory}`,
    isLocal: true,
    limits: NO_LIMITS,
    repository: undefined,
    open: () => Promise.resolve(createDirectoryReader(directory)),
    pipUrl: () => pathToFileURL(join(directory, STATIC_LAYOUT.simple)).href,
    // Every wheel, the listed ones too: a page or metadata file that was lost is written again.
    frontPage: () => pathToFileURL(join(directory, 'index.html')).href,
    publish: ({ wheels, ...options }) => addToStaticIndex(directory, wheels, options),
  };
}
