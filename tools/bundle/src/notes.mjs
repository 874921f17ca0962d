// Whether files are as they were, told by their state where that is enough.
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A file that was written less than this before its state was noted may have been written again since, at the same
 * time by the file system's clock: then only its content tells.
 */
const CLOCK_MS = 2_000;

/** What of a file tells a change without reading it; null where there is no file. */
function stateOf(file) {
  const status = statSync(file, { throwIfNoEntry: false });
  if (!status) return null;
  const { size, mtimeMs, ctimeMs, ino } = status;
  // Too young to be told from a later one.
  if (ctimeMs > Date.now() - CLOCK_MS) return 'young';
  return `${size} ${mtimeMs} ${ctimeMs} ${ino}`;
}

const digestOf = (content) => createHash('sha256').update(content).digest('hex');

/** The note of `path`, relative to `root`; `content` is called after its state was taken. */
export function note(root, path, read = readFileSync) {
  const file = join(root, path);
  const state = stateOf(file);
  return { path, state, digest: state === null ? null : digestOf(read(file)) };
}

/**
 * Those notes where no file has changed, with newer states where only these had; undefined where one has.
 */
export function renewed(root, notes) {
  let changed = false;
  const now = [];
  for (const each of notes) {
    const state = stateOf(join(root, each.path));
    if (state === each.state && state !== 'young') {
      now.push(each);
      continue;
    }
    const again = note(root, each.path);
    if (again.digest !== each.digest) return undefined;
    changed ||= again.state !== each.state;
    now.push(again);
  }
  return changed ? now : notes;
}
