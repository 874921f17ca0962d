import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { AddressInfo, NetConnectOpts } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import type { Finished } from '@vllm-cpu/system/run';
import type { CacheStatistics } from './cache-statistics.ts';
import type { CacheBuild, OpenCache } from './compile-cache.ts';
import type { RemoteStorage } from './remote-storage.ts';

/** Milliseconds: sccache's own time for a start, in which it reads and writes the storage. */
const START_TIMEOUT = 10_000;
/** Milliseconds in which it may send what it still has to store. */
const STOP_TIMEOUT = 60_000;

/** How compilers find the server of one build. */
interface Address {
  folder: string;
  variables: Readonly<Record<string, string>>;
  places: readonly NetConnectOpts[];
}

interface Server {
  ended: Promise<Finished>;
  kill: () => void;
}

/**
 * A server of sccache for this build alone: the one that may run already has other settings. It alone gets the
 * login of the remote storage. sccache does not start without its storage, so one that does not
 * answer is left out.
 * @throws VllmCpuError SCCACHE_NOT_STARTED
 */
export async function openSccache(
  build: CacheBuild,
  remote: RemoteStorage | undefined,
): Promise<OpenCache> {
  const address = await newAddress();
  const server = await startWithout(build, address, remote);
  return {
    variables: { ...address.variables, SCCACHE_IGNORE_SERVER_IO_ERROR: '1' },
    close: async () => {
      const { failures, ...statistics } = await statisticsOf(build, address);
      if (remote && failures > 0) build.warn(remote, `it failed in ${failures} compiles`);
      await stop(build, address, server);
      await rm(address.folder, { recursive: true, force: true });
      return statistics;
    },
  };
}

/** With the storage where it answers, otherwise with the folder of this machine. */
async function startWithout(
  build: CacheBuild,
  address: Address,
  remote: RemoteStorage | undefined,
): Promise<Server> {
  const first = await start(build, address, remote?.variables ?? {});
  if (typeof first !== 'string') return first;
  if (!remote) throw notStarted(first);
  build.warn(remote, first);
  const second = await start(build, address, {});
  if (typeof second === 'string') throw notStarted(second);
  return second;
}

/** A server that takes requests, or why there is none. */
async function start(
  { env, runner }: CacheBuild,
  address: Address,
  storage: Readonly<Record<string, string>>,
): Promise<Server | string> {
  const stopped = new AbortController();
  const ended = runner.try({
    argv: ['sccache'],
    env: {
      ...env,
      ...address.variables,
      ...storage,
      SCCACHE_START_SERVER: '1',
      SCCACHE_NO_DAEMON: '1',
      SCCACHE_IDLE_TIMEOUT: '0',
    },
    signal: stopped.signal,
  });
  const server = { ended, kill: () => stopped.abort() };
  const over = await Promise.race([ended, answers(address, server)]);
  if (over === true) return server;
  server.kill();
  const { stderr } = await ended;
  return stderr.trim().split('\n')[0] || `it did not answer within ${START_TIMEOUT / 1000} s`;
}

async function answers(address: Address, { ended }: Server): Promise<boolean> {
  let gone = false;
  void ended.then(() => (gone = true));
  for (let waited = 0; waited < START_TIMEOUT && !gone; waited += 50) {
    for (const place of address.places) if (await connects(place)) return true;
    await setTimeout(50);
  }
  return false;
}

function connects(place: NetConnectOpts): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(place);
    const done = (connected: boolean) => {
      socket.destroy();
      resolve(connected);
    };
    socket.once('connect', () => done(true)).once('error', () => done(false));
  });
}

/** A socket in a folder of its own; versions before 0.9 know ports only. */
async function newAddress(): Promise<Address> {
  const folder = await mkdtemp(join(tmpdir(), 'vllm-cpu-sccache-'));
  const path = join(folder, 'socket');
  const port = await freePort();
  return {
    folder,
    variables: { SCCACHE_SERVER_UDS: path, SCCACHE_SERVER_PORT: String(port) },
    places: [{ path }, { port, host: '127.0.0.1' }],
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

async function statisticsOf(
  { env, runner }: CacheBuild,
  { variables }: Address,
): Promise<CacheStatistics & { failures: number }> {
  const shown = await runner.try({
    argv: ['sccache', '--show-stats', '--stats-format=json'],
    env: { ...env, ...variables },
  });
  return parseStatistics(shown.stdout);
}

type Counts = { counts?: Record<string, number> };
type Shown = { stats?: Record<string, Counts | number> };

/** What sccache counted, from its JSON; zeros where it is none. */
function parseStatistics(json: string): CacheStatistics & { failures: number } {
  let stats: Shown['stats'] = {};
  try {
    stats = (JSON.parse(json) as Shown).stats ?? {};
  } catch {
    // The server is gone: nothing is known.
  }
  const count = (name: string): number => {
    const value = stats[name] ?? 0;
    if (typeof value === 'number') return value;
    return Object.values(value.counts ?? {}).reduce((sum, each) => sum + each, 0);
  };
  return {
    hits: count('cache_hits'),
    misses: count('cache_misses'),
    failures: count('cache_timeouts') + count('cache_read_errors') + count('cache_write_errors'),
  };
}

async function stop({ env, runner }: CacheBuild, address: Address, server: Server): Promise<void> {
  const late = new AbortController();
  void runner.try({
    argv: ['sccache', '--stop-server'],
    env: { ...env, ...address.variables },
    timeout: STOP_TIMEOUT,
  });
  const wait = setTimeout(STOP_TIMEOUT, undefined, { signal: late.signal }).catch(() => undefined);
  await Promise.race([server.ended, wait]);
  late.abort();
  server.kill();
  await server.ended;
}

function notStarted(why: string): VllmCpuError {
  return new VllmCpuError({
    code: 'SCCACHE_NOT_STARTED',
    what: 'sccache could not be started',
    why,
    next: 'Run sccache --start-server to see why. With sccache removed from PATH, ccache is used.',
  });
}
