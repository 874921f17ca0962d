import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { clones } from './support/clone.ts';
import type { Clone } from './support/clone.ts';
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
let clone: Clone;
/** What a run alone makes. */
let alone: Awaited<ReturnType<typeof bytesOf>>;

const bytesOf = async (variants: readonly (typeof TWO)[number][]) => ({
  compile: await digestsOf(clone.root, 'compile', variants),
  build: await digestsOf(clone.root, 'build', variants),
});

beforeAll(async () => {
  clone = await made.makeBuilt();
  const { exitCode, output } = await clone.nx(BOTH);
  if (exitCode !== 0) throw new Error(output);
  alone = await bytesOf(TWO);
}, TIMEOUT);
afterAll(() => made.remove(), TIMEOUT);

/** Nothing is in the clone's results, and nothing in the cache that these variables name. */
async function nothing(): Promise<Record<string, string>> {
  rmSync(join(clone.root, 'dist'), { recursive: true });
  return made.newMachine();
}

/** What must not be left behind: the names in `folder`. */
const names = (folder: string) => readdirSync(folder).sort();
const stagesOf = (variant: string) => names(join(clone.root, `dist/variant-${variant}/sample`));

describe('runs that are killed with their whole process groups, one after the other,', () => {
  let workspace: string;
  let env: Record<string, string>;
  beforeAll(async () => {
    workspace = join(await made.folder('workspaces'), 'killed');
    env = { ...(await nothing()), VLLM_CPU_WORKSPACE: workspace };
  }, TIMEOUT);

  it.each([
    ['the build environment', /making a build environment/],
    ['the compile', /vllm-cpu 0\.0\.1: \d+\/\d+/],
    ['the wheel', /unpacking vllm-/],
  ])(
    'come to %s',
    async (_, sign) => {
      const doomed = clone.start(RUN, env);
      await doomed.saw(sign);
      await doomed.kill();
    },
    TIMEOUT,
  );

  it(
    'leave nothing that the next run stumbles over, and nothing beside its results',
    async () => {
      expect(await clone.nx(RUN, env)).toMatchObject({ exitCode: 0 });
      const { compile, build } = await bytesOf(ONE);
      expect([compile['noavx512'], build['noavx512']]).toEqual([
        alone.compile['noavx512'],
        alone.build['noavx512'],
      ]);
      expect(names(join(workspace, 'tasks'))).toEqual([]);
      expect(stagesOf('noavx512')).toEqual(['build', 'compile']);
    },
    TIMEOUT,
  );
});

describe('two runs at once on one workspace', () => {
  it(
    'both succeed, with the bytes of a run alone',
    async () => {
      const env = await nothing();
      const [one, two] = await Promise.all([clone.nx(BOTH, env), clone.nx(BOTH, env)]);
      expect([one, two].filter((run) => run.exitCode !== 0).map((run) => run.output)).toEqual([]);
      expect(await bytesOf(TWO)).toEqual(alone);
      for (const variant of TWO) expect(stagesOf(variant)).toEqual(['build', 'compile']);
    },
    TIMEOUT,
  );
});
