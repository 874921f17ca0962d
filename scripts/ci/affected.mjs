#!/usr/bin/env node
// Builds and proves the sample for what a change touches.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture } from '../processes.mjs';
import { markdownTable, summarize } from './github-files.mjs';
import { ROOT, runNx } from './nx.mjs';
import { annotate, step } from './step.mjs';

const inputs = {
  base: { about: 'commit that the change is compared with; HEAD~1 by default', fallback: 'HEAD~1' },
  head: { about: 'commit with the change', fallback: 'HEAD' },
  target: { about: 'target that is run', fallback: 'verify-sample' },
};
/** What GitHub says of a branch that is new. */
const NO_COMMIT = /^0+$/;

await step(
  { file: 'affected.mjs', about: 'Runs a target of the affected projects.', inputs },
  async ({ base, head, target }) => {
    const known = !NO_COMMIT.test(base) && (await isCommit(base));
    if (!known) annotate('notice', `${base} is no commit here: everything counts as affected`);
    const words = known
      ? ['affected', '-t', target, `--base=${base}`, `--head=${head}`]
      : ['run-many', '-t', target];
    const { status } = await runNx([...words, '--parallel=2', '--outputStyle=stream']);
    const rows = tasks();
    const text = rows.length > 0 ? markdownTable(rows) : 'Nothing is affected.';
    summarize(`## ${target} of what is affected\n\n${text}`);
    return status;
  },
);

async function isCommit(name) {
  const argv = ['git', '-C', ROOT, 'rev-parse', '--verify', '--quiet', `${name}^{commit}`];
  return (await capture(argv)).status === 0;
}

/** Nx leaves what it did in run.json of its cache folder. */
function tasks() {
  const folder = process.env['NX_CACHE_DIRECTORY'] || join(ROOT, '.nx', 'cache');
  try {
    const { tasks } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
    return tasks.map(({ taskId, cacheStatus, status }) => ({
      task: taskId,
      result: status === 0 ? 'done' : 'FAILED',
      cache: cacheStatus,
    }));
  } catch {
    return [];
  }
}
