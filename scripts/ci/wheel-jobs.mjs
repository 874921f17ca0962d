import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './nx.mjs';

/**
 * What the jobs of one wheel hand on, each in a folder that is an artifact: `built` (wheel and manifest),
 * `verified` (and its report), `proven` (installed and imported on every Python), and `state`, a small
 * file per wheel and stage that is there when the stage failed as well.
 */
export const folderOf = (stage) => join(ROOT, 'dist', 'ci', stage);

export const STAGES = ['build', 'verify', 'install'];

/** Files of a folder that end like this, absolute and sorted; none where it does not exist. */
export function filesIn(folder, ending) {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith(ending));
    return names.sort().map((name) => join(folder, name));
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Runs a stage of the wheel `id` and leaves its state: whether it went well, how long it took, and what
 * `action` resolved to. A stage that ended early has a state that says so, too.
 */
export async function stage(name, id, action) {
  const started = Date.now();
  const state = { id, stage: name, ok: false };
  const leave = (facts) => {
    mkdirSync(folderOf('state'), { recursive: true });
    const seconds = Math.round((Date.now() - started) / 1000);
    const file = join(folderOf('state'), `${name}-${id}.json`);
    writeFileSync(file, `${JSON.stringify({ ...state, seconds, ...facts }, null, 2)}\n`);
  };
  leave({});
  try {
    const facts = await action();
    leave({ ok: true, ...facts });
    return facts;
  } catch (error) {
    leave({ reason: (error.what ?? error.message).split('\n')[0] });
    throw error;
  }
}

/** Every state that was left, in any order. */
export function readStates() {
  return filesIn(folderOf('state'), '.json').map((file) => JSON.parse(readFileSync(file, 'utf8')));
}
