import { appendFileSync, existsSync, readFileSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  copyEntries,
  damageEntries,
  READ_TOKEN,
  startCacheServer,
  WRITE_TOKEN,
} from './support/cache/cache-server.ts';
import type { CacheServer } from './support/cache/cache-server.ts';
import { clones } from './support/clone.ts';
import type { Clone } from './support/clone.ts';
import { keepVariants } from './support/history.ts';
import type { NxRun } from './support/nx.ts';
import { late, startProxy, withDamagedWheel } from './support/cache/proxy.ts';
import type { Proxy } from './support/cache/proxy.ts';
import { digestsOf } from './support/wheels/results.ts';

/** Generous: the machine may be busy. */
const TIMEOUT = 15 * 60_000;
const FAMILY = ['noavx512', 'avx512'] as const;
const ONE = ['noavx512'] as const;
const ALL_OF_IT = ['run-many', '-t', 'verify-sample,equivalence-sample'];
const BUILD = ['run', 'variant-noavx512:build-sample'];
const VERIFY = ['run', 'variant-noavx512:verify-sample'];
const README = 'packages/variant-noavx512/README.md';
const BUILT = ['variant-noavx512:build-sample', 'variant-noavx512:compile-sample'];

const made = clones();
let directory: string;
let server: CacheServer;
let a: Clone;
let b: Clone;
let first: NxRun;
let original: Record<'compile' | 'build', Record<string, string>>;

const bytesOf = async (clone: Clone, variants: readonly (typeof FAMILY)[number][]) => ({
  compile: await digestsOf(clone.root, 'compile', variants),
  build: await digestsOf(clone.root, 'build', variants),
});
const originalOf = (variant: (typeof FAMILY)[number]) => ({
  compile: { [variant]: original.compile[variant] },
  build: { [variant]: original.build[variant] },
});

const at = (url: string, token: string) => ({
  NX_SELF_HOSTED_REMOTE_CACHE_SERVER: url,
  NX_SELF_HOSTED_REMOTE_CACHE_ACCESS_TOKEN: token,
});

/** Machine B has no results and nothing in its local cache. */
async function empty() {
  await rm(join(b.root, 'dist'), { recursive: true, force: true });
  return made.newMachine();
}

beforeAll(async () => {
  directory = join(await made.folder('server'), 'entries-of-all');
  server = await startCacheServer(directory);
  [a, b] = [await made.make('a'), await made.make('elsewhere/b')];
  for (const clone of [a, b]) keepVariants(clone, FAMILY);
  first = await a.nx(ALL_OF_IT, at(server.url, WRITE_TOKEN));
  if (first.exitCode !== 0) throw new Error(first.output);
  original = await bytesOf(a, FAMILY);
}, TIMEOUT);
afterAll(async () => {
  await server.stop();
  await made.remove();
}, TIMEOUT);

describe('what one machine built', () => {
  it(
    'another replays at another path without a compiler’s run, a clone or an environment',
    async () => {
      expect(first.ran).toHaveLength(7);
      const workspace = join(await made.folder('no-workspace'), 'workspace');
      const run = await b.nx(ALL_OF_IT, {
        ...(await empty()),
        ...at(server.url, READ_TOKEN),
        VLLM_CPU_WORKSPACE: workspace,
      });
      expect(run).toMatchObject({ exitCode: 0, ran: [] });
      expect(run.output.match(/\[remote cache\]/g)).toHaveLength(7);
      expect(existsSync(workspace)).toBe(false);
      expect(await bytesOf(b, FAMILY)).toEqual(original);
      const report = 'dist/variant-avx512/sample/verify/report.json';
      expect(readFileSync(join(b.root, report))).toEqual(readFileSync(join(a.root, report)));
    },
    TIMEOUT,
  );

  it(
    'another replays from a server that answers late',
    async () => {
      const proxy = await startProxy(server.url, late);
      const run = await b.nx(VERIFY, { ...(await empty()), ...at(proxy.url, READ_TOKEN) });
      proxy.stop();
      expect(run).toMatchObject({ exitCode: 0, ran: [] });
      expect(await bytesOf(b, ONE)).toEqual(originalOf('noavx512'));
    },
    TIMEOUT,
  );
});

describe('a build whose cache server', () => {
  const failsBeforeBuilding = async (url: string, token: string, says: string) => {
    const run = await b.nx(BUILD, { ...(await empty()), ...at(url, token) });
    expect(run.output).toContain(says);
    expect(run.exitCode).toBe(1);
    expect(existsSync(join(b.root, 'dist'))).toBe(false);
  };

  it(
    'does not know the token stops at once and says so',
    () => failsBeforeBuilding(server.url, 'x'.repeat(32), 'Unauthorized: the cache server'),
    TIMEOUT,
  );

  it(
    'is down stops at once and says so, and builds the same bytes when told to do without',
    async () => {
      const down = 'http://127.0.0.1:1';
      await failsBeforeBuilding(down, WRITE_TOKEN, 'Failed to send request');
      const env = { ...(await empty()), ...at(down, WRITE_TOKEN), NX_SKIP_REMOTE_CACHE: 'true' };
      expect(await b.nx(BUILD, env)).toMatchObject({ exitCode: 0, ran: BUILT });
      expect(await bytesOf(b, ONE)).toEqual(originalOf('noavx512'));
    },
    TIMEOUT,
  );

  it(
    'has no room builds the same bytes, and shares nothing',
    async () => {
      const limits = ['--max-size=100B', '--max-entry-size=100B'];
      const full = await startCacheServer(join(await made.folder('full'), 'entries'), limits);
      const run = await b.nx(BUILD, { ...(await empty()), ...at(full.url, WRITE_TOKEN) });
      expect(run).toMatchObject({ exitCode: 0, ran: BUILT });
      expect(await full.metric('nx_cache_refused_total')).toBe(2);
      await full.stop();
      expect(await bytesOf(b, ONE)).toEqual(originalOf('noavx512'));
    },
    TIMEOUT,
  );

  it(
    'has damaged entries on its disk builds the same bytes',
    async () => {
      const copy = join(await made.folder('damaged'), 'entries');
      await copyEntries(directory, copy);
      const damaged = await startCacheServer(copy);
      damageEntries(copy);
      const run = await b.nx(BUILD, { ...(await empty()), ...at(damaged.url, WRITE_TOKEN) });
      expect(run).toMatchObject({ exitCode: 0, ran: BUILT });
      expect(await damaged.metric('nx_cache_corrupted_total')).toBe(2);
      await damaged.stop();
      expect(await bytesOf(b, ONE)).toEqual(originalOf('noavx512'));
    },
    TIMEOUT,
  );

  it(
    'dies while it compiles fails and says so, and the next run without it goes on from there to the same bytes',
    async () => {
      const doomed = await startCacheServer(join(await made.folder('doomed'), 'entries'));
      const machine = await empty();
      const env = { ...machine, ...at(doomed.url, WRITE_TOKEN) };
      const running = b.start([...BUILD, '--output-style=stream'], env);
      await running.saw(/compile vllm-cpu 0\.0\.1/);
      await doomed.stop('SIGKILL');
      const run = await running.ended;
      expect(run.output).toContain('Failed to send request');
      expect(run.output).toContain('- variant-noavx512:compile-sample');
      expect(run.exitCode).not.toBe(0);
      const next = await b.nx(BUILD, { ...machine, NX_SKIP_REMOTE_CACHE: 'true' });
      expect(next).toMatchObject({ exitCode: 0, ran: ['variant-noavx512:build-sample'] });
      expect(await bytesOf(b, ONE)).toEqual(originalOf('noavx512'));
    },
    TIMEOUT,
  );
});

describe('bytes that changed between the server and Nx', () => {
  let proxy: Proxy;
  beforeAll(async () => {
    proxy = await startProxy(server.url, withDamagedWheel);
  });
  afterAll(() => proxy.stop());

  it(
    'fail the verification of the wheel, which names the file, until the local cache is emptied',
    async () => {
      const machine = await empty();
      const run = await b.nx(VERIFY, { ...machine, ...at(proxy.url, READ_TOKEN) });
      expect(run).toMatchObject({ exitCode: 1, ran: ['variant-noavx512:verify-sample'] });
      // What a changed byte does to compressed data depends on the byte: other content, or more of it.
      expect(run.output).toMatch(/archive: error: \S+\.whl: .*"\S+" (is damaged|states)/);
      const direct = { ...machine, ...at(server.url, READ_TOKEN) };
      expect(await b.nx(VERIFY, direct)).toMatchObject({ exitCode: 1 });
      expect((await b.nx(['reset'], machine)).exitCode).toBe(0);
      expect(await b.nx(VERIFY, direct)).toMatchObject({ exitCode: 0, ran: [] });
      expect(await bytesOf(b, ONE)).toEqual(originalOf('noavx512'));
    },
    TIMEOUT,
  );

  it(
    'are refused as a compile that is to be packaged',
    async () => {
      appendFileSync(join(b.root, README), '\nA sentence more.\n');
      const run = await b.nx(BUILD, { ...(await empty()), ...at(proxy.url, READ_TOKEN) });
      expect(run.exitCode).toBe(1);
      expect(run.output).toContain('[COMPILE_DAMAGED]');
      expect(existsSync(join(b.root, 'dist/variant-noavx512/sample/build'))).toBe(false);
    },
    TIMEOUT,
  );
});

describe('a read-only token', () => {
  it(
    'plants nothing: neither over a known key nor under one that is still to come',
    async () => {
      appendFileSync(join(b.root, README), '\nAnother sentence.\n');
      const attacker = await empty();
      const env = { ...attacker, ...at(server.url, READ_TOKEN) };
      expect((await b.nx(BUILD, env)).ran).toEqual(['variant-noavx512:build-sample']);
      const honest = await bytesOf(b, ONE);
      // Compile's key is known to the server, build's is not yet.
      const keys = readdirSync(attacker.NX_CACHE_DIRECTORY).filter((name) => name.length === 64);
      expect(keys).toHaveLength(2);
      for (const key of keys) {
        expect((await server.put(key, 'poison', READ_TOKEN)).status).toBe(403);
      }
      const victim = await b.nx(BUILD, { ...(await empty()), ...at(server.url, WRITE_TOKEN) });
      expect(victim).toMatchObject({ exitCode: 0, ran: ['variant-noavx512:build-sample'] });
      expect(await bytesOf(b, ONE)).toEqual(honest);
      for (const key of keys) {
        expect((await server.put(key, 'poison', WRITE_TOKEN)).status).toBe(409);
      }
    },
    TIMEOUT,
  );
});
