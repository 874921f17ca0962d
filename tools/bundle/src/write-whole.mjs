import { renameSync, writeFileSync } from 'node:fs';

/**
 * Writes JSON that another process reads whole or not at all. Nothing depends on it: where it cannot be written, as in
 * a repository of somebody else, each process finds out anew.
 */
export function writeWhole(file, value) {
  const own = `${file}.${process.pid}`;
  try {
    writeFileSync(own, JSON.stringify(value));
    renameSync(own, file);
  } catch {
    // See above.
  }
}
