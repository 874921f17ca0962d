import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { findProgram } from '@vllm-cpu/system/programs';
import { createRunner } from '@vllm-cpu/system/run';
import { commitFiles } from '@vllm-cpu/testing/git-fixture';
import { requires } from '@vllm-cpu/testing/requires';
import { clones } from './support/clone.ts';
import type { Clone } from './support/clone.ts';
import type { NxRun } from './support/nx.ts';

/** Generous: the machine may be busy. */
const TIMEOUT = 15 * 60_000;
const isRoot = process.getuid?.() === 0;
const PATH = process.env['PATH'] ?? '';

const made = clones();
let clone: Clone;
let workspace: string;

beforeAll(async () => {
  clone = await made.make();
  workspace = join(await made.folder('own'), 'workspace');
}, TIMEOUT);
afterAll(() => made.remove(), TIMEOUT);

const path = (name: string) => join(clone.root, name);
const nx = (words: string[], env: Record<string, string> = {}) =>
  clone.nx(words, { VLLM_CPU_WORKSPACE: workspace, ...env });
const compile = (env: Record<string, string> = {}, variant = 'noavx512', release = 'sample') =>
  nx(['run', `variant-${variant}:compile-${release}`], env);

/** A failure with one of our codes, without a stack trace, and nothing left behind. */
function expectRefused(run: NxRun, code: string, ...texts: string[]): void {
  expect(run.output).toContain(`error [${code}]`);
  expect(run.output).toContain('what to do: ');
  expect(run.output).not.toMatch(/^\s+at .*\.ts:\d+/m);
  expectFailed(run, ...texts);
}

function expectFailed(run: NxRun, ...texts: string[]): void {
  for (const text of texts) expect(run.output).toContain(text);
  expect(run.exitCode).not.toBe(0);
  expect(run.exitCode).not.toBeNull();
  const tasks = join(workspace, 'tasks');
  expect(existsSync(tasks) ? readdirSync(tasks) : []).toEqual([]);
  expect(existsSync(path('dist')) ? readdirSync(path('dist')) : []).toEqual([]);
}

function edit(name: string, change: (text: string) => string): void {
  const before = readFileSync(path(name), 'utf8');
  const after = change(before);
  if (after === before) throw new Error(`the test changed nothing in ${name}`);
  writeFileSync(path(name), after);
}

afterEach(async () => {
  const env = { PATH, HOME: clone.root };
  for (const words of [
    ['checkout', '--quiet', '.'],
    ['clean', '-fdq', 'packages'],
  ]) {
    await createRunner().run({ argv: ['git', ...words], cwd: clone.root, env });
  }
  rmSync(path('dist'), { recursive: true, force: true });
});

/** A folder with links to `names` as they are on PATH, and nothing else. */
async function programs(folder: string, names: readonly string[]): Promise<string> {
  const directory = await made.folder(folder);
  for (const name of names) symlinkSync(findProgram(name, PATH) ?? '', join(directory, name));
  return directory;
}

describe('a release', () => {
  it(
    'that is not pinned is refused',
    async () => {
      expectFailed(await nx(['run', 'variant-avx512:build-9.9.9']), 'build-9.9.9');
    },
    TIMEOUT,
  );

  it(
    'whose range is reversed is refused, and no pin is written',
    async () => {
      const upstream = join(await made.folder('empty-upstream'), 'vllm');
      await commitFiles(upstream, { 'setup.py': '' }, 'v0.12.0');
      const pins = readdirSync(path('packages/upstream/releases'));
      const run = await nx(['run', 'upstream:pin', '--releases=0.12.0-0.11.0'], {
        VLLM_CPU_UPSTREAM: upstream,
      });
      expectRefused(run, 'VERSION_RANGE_REVERSED');
      expect(readdirSync(path('packages/upstream/releases'))).toEqual(pins);
    },
    TIMEOUT,
  );

  it(
    'whose tag moved away from its pin is refused with both commits',
    async () => {
      const upstream = join(await made.folder('moved'), 'vllm');
      const commit = await commitFiles(upstream, { 'setup.py': '' }, 'v0.12.0');
      const run = await compile({ VLLM_CPU_UPSTREAM: upstream }, 'noavx512', '0.12.0');
      expectRefused(run, 'UPSTREAM_TAG_MOVED', commit, '4fd9d6a85c00ac0186aa9abbeff73fc2ac6c721e');
    },
    TIMEOUT,
  );

  it(
    'whose upstream cannot be reached is refused with the setting that helps',
    async () => {
      const run = await compile({ VLLM_CPU_UPSTREAM: 'file:///nonexistent' }, 'noavx512', '0.12.0');
      expectRefused(run, 'UPSTREAM_UNREACHABLE', 'VLLM_CPU_UPSTREAM');
    },
    TIMEOUT,
  );

  it(
    'whose source an edit no longer matches is refused',
    async () => {
      edit('packages/upstream/sample/cmake/cpu_extension.cmake', (text) =>
        text.replace('COMMAND cat /proc/cpuinfo', 'COMMAND cat "/proc/cpuinfo"'),
      );
      expectRefused(await compile(), 'EDIT_NO_MATCH', 'synthetic-cpuinfo');
    },
    TIMEOUT,
  );
});

describe('a machine', () => {
  it(
    'without compilers is told all that is missing',
    async () => {
      const bare = await programs('bare', ['python3', 'sh', 'env']);
      expectRefused(
        await compile({ PATH: bare }),
        'TOOLS_MISSING',
        'gcc, g++, as, ld, git',
        'apt-get install',
      );
    },
    TIMEOUT,
  );

  it(
    'whose given Python lacks modules and tools is told all of them',
    async () => {
      const bare = await programs('no-cmake', ['python3', 'sh', 'gcc', 'g++', 'as', 'ld', 'git']);
      const empty = join(await made.folder('venv'), 'empty');
      await createRunner().run({
        argv: ['python3', '-m', 'venv', '--without-pip', empty],
        env: { PATH },
      });
      const run = await compile({ PATH: bare, VLLM_CPU_PYTHON: join(empty, 'bin/python') });
      expectRefused(
        run,
        'BUILD_TOOLS_MISSING',
        'cmake',
        'ninja',
        'setuptools-scm',
        '-m pip install',
      );
    },
    TIMEOUT,
  );

  it(
    'whose g++ is too old is told before anything is compiled',
    async () => {
      const old = await made.folder('old');
      const script =
        '#!/bin/sh\ncase "$1" in -dump*) echo 10.2.0;; *) exec /usr/bin/g++ "$@";; esac\n';
      writeFileSync(join(old, 'g++'), script, { mode: 0o755 });
      expectRefused(
        await compile({ PATH: `${old}:${PATH}` }, 'avx512bf16'),
        'COMPILER_TOO_OLD',
        '10.2.0',
      );
    },
    TIMEOUT,
  );

  requires('root', isRoot)(
    'whose disk is full is told how much is needed, and where',
    async () => {
      const mounted = await made.folder('small-disk');
      const env = { PATH };
      const runner = createRunner();
      await runner.run({ argv: ['mount', '-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', mounted], env });
      try {
        const run = await compile({ VLLM_CPU_WORKSPACE: mounted });
        expectRefused(run, 'DISK_FULL', mounted, 'VLLM_CPU_WORKSPACE');
        // Nothing but what tools answered, which costs little to remember.
        expect(readdirSync(mounted).filter((name) => name !== 'program-answers.json')).toEqual([]);
      } finally {
        await runner.run({ argv: ['umount', mounted], env });
      }
    },
    TIMEOUT,
  );

  it(
    'where the results cannot be written is told so before anything is compiled',
    async () => {
      writeFileSync(path('dist'), 'a file in the way\n');
      const run = await compile();
      expect(run.output).toContain('error [FOLDER_NOT_WRITABLE]');
      expect(run.output).not.toContain('making a build environment');
      expect(run.exitCode).toBe(1);
    },
    TIMEOUT,
  );
});

describe('an option', () => {
  it(
    'of another kind than its schema says is refused',
    async () => {
      const run = await nx(['run', 'variant-noavx512:compile-sample', '--max-jobs=x']);
      expectFailed(run);
      expect(run.output).toMatch(/max-?jobs/i);
    },
    TIMEOUT,
  );

  it(
    'that is misspelt is refused, on a target and on an umbrella',
    async () => {
      expectFailed(
        await nx(['run', 'variant-noavx512:compile-sample', '--maxJob=2']),
        'mean --max-jobs',
      );
      expectFailed(
        await nx(['run-many', '-t', 'compile', '-p', 'variant-noavx512', '--maxJob=2']),
        'mean --max-jobs',
      );
    },
    TIMEOUT,
  );
});

describe('a variant.json', () => {
  const file = 'packages/variant-avx512/variant.json';

  it(
    'with a misspelt field stops every build and is named',
    async () => {
      edit(file, (content) => content.replace('"summary"', '"sumary"'));
      const run = await compile();
      expectFailed(run, 'sumary', '/variant.json');
      expect(run.tasks).toEqual([]);
    },
    TIMEOUT,
  );
});

describe('a variant', () => {
  it(
    'whose README is deleted stops every build, also after the targets were inferred once',
    async () => {
      expect((await nx(['show', 'projects'])).exitCode).toBe(0);
      rmSync(path('packages/variant-avx512/README.md'));
      expectFailed(await nx(['show', 'projects']), 'packages/variant-avx512/README.md');
    },
    TIMEOUT,
  );
});
