import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { annotate } from '../../actions/annotate.ts';
import { markdownTable, summarize } from '../../actions/github-files.ts';
import { runNx } from '../../programs/nx.ts';
import { capture } from '../../programs/processes.ts';
import { ROOT } from '../../root.ts';
import { defineStep } from '../../step.ts';

/** What GitHub says of a branch that is new. */
const NO_COMMIT = /^0+$/;

/** Builds and proves the sample for what a change touches. */
export const affected = defineStep(
  {
    name: 'affected',
    about: 'Runs a target of the affected projects.',
    inputs: {
      base: {
        about: 'commit that the change is compared with; default: HEAD~1',
        fallback: 'HEAD~1',
      },
      head: { about: 'commit with the change', fallback: 'HEAD' },
      target: { about: 'target that is run', fallback: 'verify-sample' },
    },
  },
  async ({ base, head, target }) => {
    const known = !NO_COMMIT.test(base) && (await isCommit(base));
    if (!known) annotate('notice', `unknown commit ${base}: treating everything as affected`);
    const words = known
      ? ['affected', '-t', target, `--base=${base}`, `--head=${head}`]
      : ['run-many', '-t', target];
    const { status } = await runNx([...words, '--parallel=2', '--output-style=stream']);
    const rows = tasks();
    const text = rows.length > 0 ? markdownTable(rows) : 'Nothing is affected.';
    summarize(`## ${target} of what is affected\n\n${text}`);
    return status;
  },
);

async function isCommit(name: string): Promise<boolean> {
  const words = ['rev-parse', '--verify', '--quiet', `${name}^{commit}`];
  return (await capture(['git', '-C', ROOT, ...words])).status === 0;
}

const runSchema = z.looseObject({
  tasks: z.array(
    z.looseObject({ taskId: z.string(), cacheStatus: z.string(), status: z.number().nullish() }),
  ),
});

/** Nx leaves what it did in run.json of its cache folder; another Nx may leave another form. */
function tasks(): { task: string; result: string; cache: string }[] {
  const folder = process.env['NX_CACHE_DIRECTORY'] || join(ROOT, '.nx', 'cache');
  try {
    const run = runSchema.parse(JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')));
    return run.tasks.map(({ taskId, cacheStatus, status }) => ({
      task: taskId,
      result: status === 0 ? 'done' : 'FAILED',
      cache: cacheStatus,
    }));
  } catch {
    return [];
  }
}
