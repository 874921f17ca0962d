import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { clones } from './support/clone.ts';
import type { Clone } from './support/clone.ts';
import { sharedInterpreter } from './support/interpreter.ts';
import { digestsOf } from './support/wheels/results.ts';

/** Generous: the machine may be busy. */
const TIMEOUT = 15 * 60_000;
const ONE = ['noavx512'] as const;
const RUN = ['run', 'variant-noavx512:build-sample', '--output-style=stream'];
const TWO = ['noavx512', 'avx512'] as const;
const BOTH = [
  ...['run-many', '-t', 'build-sample', '--parallel=5'],
  ...['-p', TWO.map((name) => `variant-${name}`).join()],
];

const made = clones();
let whole: Clone;

beforeAll(async () => {
  whole = await made.makeBuilt('whole');
  const { exitCode, output } = await whole.nx(BOTH);
  if (exitCode !== 0) throw new Error(output);
}, TIMEOUT);
afterAll(() => made.remove(), TIMEOUT);

/** Everything below `folder`, for what must not be left behind. */
const names = (folder: string) => readdirSync(folder).sort();

interface Moment {
  name: string;
  /** What Nx prints when it comes. */
  sign: RegExp;
  /** The build environment is made, rather than given. */
  makesEnvironment: boolean;
}

const MOMENTS: readonly Moment[] = [
  { name: 'environment', sign: /making a build environment/, makesEnvironment: true },
  { name: 'compile', sign: /vllm-cpu 0\.0\.1: \d+\/\d+/, makesEnvironment: false },
  { name: 'wheel', sign: /unpacking vllm-/, makesEnvironment: false },
];

/** Kills a run at that moment and runs it again, in a clone and a workspace of its own. */
async function killAndRepeat({ name, sign, makesEnvironment }: Moment) {
  const clone = await made.make(name);
  const workspace = join(await made.folder('workspaces'), name);
  const env = {
    VLLM_CPU_WORKSPACE: workspace,
    ...(makesEnvironment ? {} : { VLLM_CPU_PYTHON: sharedInterpreter() }),
  };
  const doomed = clone.start(RUN, env);
  await doomed.saw(sign);
  await doomed.kill();
  return { clone, workspace, next: await clone.nx(RUN, env) };
}

describe('a run that was killed with its whole process group', () => {
  // All at once: each waits half a minute for the locks of the dead to expire.
  const repeated = new Map<string, ReturnType<typeof killAndRepeat>>();
  beforeAll(async () => {
    for (const moment of MOMENTS) repeated.set(moment.name, killAndRepeat(moment));
    await Promise.allSettled(repeated.values());
  }, TIMEOUT);

  it.each([
    ['while it makes the build environment', 'environment'],
    ['while it compiles', 'compile'],
    ['while it makes the wheel', 'wheel'],
  ])('%s leaves nothing that the next run stumbles over', async (_, name) => {
    const run = await repeated.get(name);
    if (!run) throw new Error('no such moment');
    expect(run.next).toMatchObject({ exitCode: 0 });
    for (const stage of ['compile', 'build'] as const) {
      expect(await digestsOf(run.clone.root, stage, ONE)).toEqual(
        await digestsOf(whole.root, stage, ONE),
      );
    }
    expect(names(join(run.workspace, 'tasks'))).toEqual([]);
    expect(names(join(run.clone.root, 'dist/variant-noavx512/sample'))).toEqual([
      'build',
      'compile',
    ]);
  });
});

describe('two runs at once on one workspace', () => {
  it(
    'both succeed, with the bytes of a run alone',
    async () => {
      const clone = await made.make('two');
      const [one, two] = await Promise.all([clone.nx(BOTH), clone.nx(BOTH)]);
      expect([one, two].filter((run) => run.exitCode !== 0).map((run) => run.output)).toEqual([]);
      for (const stage of ['compile', 'build'] as const) {
        expect(await digestsOf(clone.root, stage, TWO)).toEqual(
          await digestsOf(whole.root, stage, TWO),
        );
      }
      for (const variant of TWO) {
        expect(names(join(clone.root, `dist/variant-${variant}/sample`))).toEqual([
          'build',
          'compile',
        ]);
      }
    },
    TIMEOUT,
  );
});
