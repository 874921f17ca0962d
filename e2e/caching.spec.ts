import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createRunner } from '@vllm-cpu/system/run';
import { clones, SHARED_WORKSPACE } from './support/clone.ts';
import type { Clone } from './support/clone.ts';
import type { NxRun } from './support/nx.ts';
import { digestsOf, manifestOf } from './support/wheels/results.ts';

const PROJECTS = ['variant-noavx512', 'variant-avx512'];
const TWO = ['noavx512', 'avx512'] as const;
const SAMPLE = 'packages/upstream/releases/sample.json';
/** Generous: the machine may be busy. */
const TIMEOUT = 15 * 60_000;

const made = clones();
let clone: Clone;
let first: NxRun;
let planned: NxRun;
let leftByPlan: boolean;

/** Builds some projects' wheels of the embedded upstream, whatever it takes. */
const build = (projects: readonly string[] = PROJECTS, env: Record<string, string> = {}) =>
  clone.nx(['run-many', '-t', 'build-sample', '-p', projects.join()], env);
const plan = () =>
  clone.nx([
    'run-many',
    '-t',
    'plan-sample',
    '-p',
    PROJECTS.join(),
    '--json',
    '--output-style=static',
  ]);
const path = (name: string) => join(clone.root, name);

function edit(name: string, change: (value: Record<string, unknown>) => unknown): void {
  const value = JSON.parse(readFileSync(path(name), 'utf8')) as Record<string, unknown>;
  writeFileSync(path(name), JSON.stringify(change(value), null, 2));
}

beforeAll(async () => {
  clone = await made.make();
  planned = await plan();
  leftByPlan = existsSync(path('dist'));
  first = await build();
}, TIMEOUT);
afterAll(() => made.remove(), TIMEOUT);

// Each test begins with what was built first: in the cache, and in the files.
afterEach(async () => {
  const runner = createRunner();
  const env = { PATH: process.env['PATH'] ?? '', HOME: clone.root };
  for (const words of [
    ['checkout', '--quiet', '.'],
    ['clean', '-fdq', 'packages', 'tools'],
  ]) {
    await runner.run({ argv: ['git', ...words], cwd: clone.root, env });
  }
  rmSync(path('.env'), { force: true });
});

describe('what is built again', () => {
  it('is everything the first time, also after a plan, which touches nothing', () => {
    expect(planned.exitCode).toBe(0);
    expect(planned.output.match(/"action":"compile"/g)).toHaveLength(2);
    expect(leftByPlan).toBe(false);
    expect(first.exitCode).toBe(0);
    expect(first.ran).toEqual(
      PROJECTS.flatMap((name) => [`${name}:build-sample`, `${name}:compile-sample`]).sort(),
    );
  });

  it(
    'is nothing when nothing changed, before and after a plan, which says so',
    async () => {
      const { output } = await plan();
      expect(output.match(/"action":"replay from the local cache"/g)).toHaveLength(2);
      expect(await build()).toMatchObject({ exitCode: 0, ran: [] });
    },
    TIMEOUT,
  );

  it(
    'is no compile when an equivalence is recorded: the twin is made from the other’s, and all guards know it',
    async () => {
      const entry = { variant: 'avx512vnni', to: 'avx512', evidence: 'machine-code' };
      edit(SAMPLE, (pin) => ({ ...pin, equivalences: [{ ...entry, platform: 'linux-x86_64' }] }));
      const three = [...PROJECTS, 'variant-avx512vnni'];
      const { exitCode, ran } = await build(three);
      expect(exitCode).toBe(0);
      expect(ran).toEqual(three.map((name) => `${name}:build-sample`).sort());
    },
    TIMEOUT,
  );

  it(
    'is everything when another g++ comes first on PATH, which then compiles',
    async () => {
      const programs = await made.folder('programs');
      const used = join(programs, 'used');
      const script = `#!/bin/sh\ncase "$*" in *activation.cpp*) touch ${used} ;; esac\nexec /usr/bin/g++ "$@"\n`;
      writeFileSync(join(programs, 'g++'), script, { mode: 0o755 });
      const env = { PATH: `${programs}:${process.env['PATH']}` };
      expect((await build(['variant-noavx512'], env)).ran).toContain(
        'variant-noavx512:compile-sample',
      );
      expect(existsSync(used)).toBe(true);
    },
    TIMEOUT,
  );

  it(
    'is nothing when the workspace and the results are gone: it is replayed, and nothing is cloned',
    async () => {
      await build();
      const before = await digestsOf(clone.root, 'build', TWO);
      rmSync(path('dist'), { recursive: true });
      const workspace = join(await made.folder('nowhere'), 'workspace');
      const again = await build(PROJECTS, { VLLM_CPU_WORKSPACE: workspace });
      expect(again).toMatchObject({ exitCode: 0, ran: [] });
      expect(await digestsOf(clone.root, 'build', TWO)).toEqual(before);
      expect(existsSync(workspace)).toBe(false);
    },
    TIMEOUT,
  );
});

describe('flags and a token in .env', () => {
  it(
    'reach neither the key nor upstream’s setup.py, and the bytes stay the same',
    async () => {
      const stray =
        'CXXFLAGS=-march=native\nCFLAGS=-O0\nVLLM_CPU_AVX512BF16=1\nPYPI_TOKEN=pypi-not-for-upstream\n';
      writeFileSync(path('.env'), stray);
      expect((await build()).ran).toEqual([]);
      const before = await digestsOf(clone.root, 'compile', ['noavx512']);
      const dump = '\nprint("ENVIRONMENT", sorted(os.environ.items()))\n';
      appendFileSync(path('packages/upstream/sample/setup.py'), dump);
      expect((await build(['variant-noavx512'])).ran).toContain('variant-noavx512:compile-sample');
      const log = readFileSync(
        join(SHARED_WORKSPACE, 'logs', manifestOf(clone.root, 'noavx512').log),
        'utf8',
      );
      const environment = /^ENVIRONMENT .*$/m.exec(log)?.[0] ?? '';
      expect(environment).toContain("('SOURCE_DATE_EPOCH', '");
      expect(environment).not.toMatch(/pypi-|TOKEN|native|-O0|BF16/);
      expect(log).not.toContain('pypi-not-for-upstream');
      expect(await digestsOf(clone.root, 'compile', ['noavx512'])).toEqual(before);
    },
    TIMEOUT,
  );
});
