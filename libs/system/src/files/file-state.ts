import { statSync } from 'node:fs';

/**
 * A file that was written less than this before its state was taken may have been written again since, at
 * the same time by the file system's clock.
 */
const CLOCK_MS = 2_000;

/**
 * What of a file, of a link's target, or of a folder's list tells a change without reading it: 'none' where
 * there is none, undefined where it was written so lately that the state does not tell.
 */
export function fileState(path: string): string | undefined {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status) return 'none';
  if (status.ctimeMs > Date.now() - CLOCK_MS) return undefined;
  return [status.size, status.mtimeMs, status.ctimeMs, status.dev, status.ino].join(' ');
}
