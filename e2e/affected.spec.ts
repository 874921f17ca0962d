import { appendFileSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { affectedTable } from './support/affected-table.ts';
import type { AffectedRow } from './support/affected-table.ts';
import { clones } from './support/clone.ts';
import type { Clone } from './support/clone.ts';
import { affectedProjects, commitAll, keepVariants } from './support/history.ts';
import type { NxRun } from './support/nx.ts';

/** Generous: the machine may be busy. */
const TIMEOUT = 15 * 60_000;
/** Two of the family show what happens to one variant and what to the others. */
const FAMILY = ['noavx512', 'avx512'] as const;
const TOUCHED = 'avx512';
const NEXT = 'next';
const TARGETS = 'verify-sample,equivalence-sample';

const RELEASES = 'packages/upstream/releases';
const VARIANT = `packages/variant-${TOUCHED}`;
const DETECTOR = 'packages/cpu-detect';

const made = clones();
let clone: Clone;

const path = (name: string) => join(clone.root, name);
const remark = (name: string, text: string) => {
  mkdirSync(dirname(path(name)), { recursive: true });
  appendFileSync(path(name), text);
};
const code = (...names: string[]) => names.forEach((name) => remark(name, '\n// A remark.\n'));
const prose = (...names: string[]) => names.forEach((name) => remark(name, '\nA sentence.\n'));

type Json = Record<string, unknown>;
function edit(name: string, change: (value: Json) => Json, to = name): void {
  const value = JSON.parse(readFileSync(path(name), 'utf8')) as Json;
  writeFileSync(path(to), `${JSON.stringify(change(value), null, 2)}\n`);
}
const laterBy = (seconds: number) => (pin: Json) => {
  const source = pin['source'] as { commitTime: number };
  return { ...pin, source: { ...source, commitTime: source.commitTime + seconds } };
};

/** What each row of the table in docs/affected.md does, in the order of the commits. */
const CHANGES: Readonly<Record<string, () => void>> = {
  'documentation, tests of the whole, workflows': () => {
    prose('README.md', 'docs/settings.md', 'CONTRIBUTING.md');
    code('e2e/caching.spec.ts');
    remark('.github/workflows/ci.yml', '# A remark.\n');
  },
  "a variant's `README.md`": () => prose(`${VARIANT}/README.md`),
  "a variant's summary or keywords": () =>
    edit(`${VARIANT}/variant.json`, (variant) => ({ ...variant, summary: 'A new summary' })),
  "a variant's `requires` or `proves`": () =>
    edit(`${VARIANT}/variant.json`, (variant) => {
      const platforms = variant['platforms'] as Record<string, { requires: string[] }>;
      platforms['linux-x86_64']?.requires.push('avx512ifma');
      return variant;
    }),
  "another release's pin: an equivalence, an absence": () =>
    edit(`${RELEASES}/0.12.0.json`, (pin) => ({ ...pin, equivalences: [] })),
  'the pin: `active`': () => edit(`${RELEASES}/sample.json`, (pin) => ({ ...pin, active: true })),
  'the pin: its source': () => edit(`${RELEASES}/sample.json`, laterBy(120)),
  'source of compile': () => code('libs/compile/src/progress/estimate.ts'),
  "source of packaging, the wheels' bytes staying the same": () =>
    code('libs/package/src/package-wheel.ts'),
  'source of verification': () => code('libs/verify/src/checks/record.ts'),
  'source of publishing, of the plugin': () =>
    code('libs/publish/src/upload/upload-all.ts', 'tools/executors/src/plugin.ts'),
  'the detector': () => {
    code(`${DETECTOR}/src/detect.ts`);
    remark(`${DETECTOR}/python/vllm_cpu_detect/machine/cpuinfo.py`, '# A remark.\n');
    prose(`${DETECTOR}/README.md`);
  },
  'the images': () => remark('packages/images/runtime/Dockerfile', '# A remark.\n'),
  'the cache server': () => code('tools/cache-server/src/server.ts'),
  'a new pin': () => {
    edit(`${RELEASES}/sample.json`, laterBy(60), `${RELEASES}/${NEXT}.json`);
    copyFileSync(path(`${RELEASES}/sample.lock.txt`), path(`${RELEASES}/${NEXT}.lock.txt`));
  },
};

const table = affectedTable(FAMILY, TOUCHED, NEXT);
/** Several such commits are tried at once: what one of them rebuilds, all of them do. */
const rebuildsNothing = ({ tasks }: AffectedRow) => tasks.length === 0;

/** Runs what is affected by the commits after `base`. */
function affected(base: string): Promise<NxRun> {
  const words = ['affected', '-t', `${TARGETS},verify-${NEXT}`];
  return clone.nx([...words, `--base=${base}`, '--head=HEAD']);
}

beforeAll(async () => {
  clone = await made.make();
  keepVariants(clone, FAMILY);
  await commitAll(clone, 'a family of two');
  const { exitCode, output, ran } = await clone.nx(['run-many', '-t', TARGETS]);
  if (exitCode !== 0 || ran.length !== 7) throw new Error(output);
}, TIMEOUT);
afterAll(() => made.remove(), TIMEOUT);

describe('a commit that touches', () => {
  it('anything of the table in docs/affected.md is made here, and nothing else', () => {
    expect(table.map((row) => row.change)).toEqual(Object.keys(CHANGES));
  });

  it.each(table.filter(rebuildsNothing))(
    '$change affects the projects that the table says',
    async ({ change, projects }) => {
      CHANGES[change]?.();
      await commitAll(clone, change);
      expect(await affectedProjects(clone, 'HEAD~1')).toEqual(projects);
    },
    TIMEOUT,
  );

  it(
    'any of these rebuilds nothing',
    async () => {
      const run = await affected(`HEAD~${table.filter(rebuildsNothing).length}`);
      expect(run.exitCode === 0 ? '' : run.output).toBe('');
      expect(run.tasks.length).toBeGreaterThan(0);
      expect(run.ran).toEqual([]);
    },
    TIMEOUT,
  );

  it.each(table.filter((row) => !rebuildsNothing(row)))(
    '$change rebuilds what the table says',
    async ({ change, projects, tasks }) => {
      CHANGES[change]?.();
      await commitAll(clone, change);
      const found = await affectedProjects(clone, 'HEAD~1');
      const run = await affected('HEAD~1');
      expect(run.exitCode === 0 ? '' : run.output).toBe('');
      expect({ affected: found, ran: run.ran }).toEqual({ affected: projects, ran: tasks });
    },
    TIMEOUT,
  );
});
