import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheStatistics, remoteAnswered, remoteFailures } from './cache-statistics.ts';
import type { CacheBuild, OpenCache } from './compile-cache.ts';
import type { RemoteStorage } from './remote-storage.ts';

/** Milliseconds. ccache itself gives up an operation after 10 s. */
const PROBE_TIMEOUT = 15_000;

/**
 * ccache with its remote storage, if that answers: each compile would wait for one that does not, and
 * fail at an address that this version of ccache does not understand.
 */
export async function openCcache(
  build: CacheBuild,
  remote: RemoteStorage | undefined,
): Promise<OpenCache> {
  const refusal = remote && (await probe(build, remote));
  if (remote && refusal) build.warn(remote, refusal);
  const used = refusal ? undefined : remote;
  const log = build.env['CCACHE_STATSLOG'] ?? '';
  return {
    variables: used?.variables ?? {},
    close: async () => {
      const failures = await remoteFailures(log);
      if (used && failures > 0) build.warn(used, `it failed in ${failures} compiles`);
      return cacheStatistics(log);
    },
  };
}

/** Compiles one line with an empty local cache, so that the storage is asked; says why it cannot be used. */
async function probe(
  { env, task, runner }: CacheBuild,
  remote: RemoteStorage,
): Promise<string | undefined> {
  const folder = join(task, 'ccache-probe');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'probe.c'), 'int vllm_cpu_wheels_probe;\n');
  const log = join(folder, 'log');
  const finished = await runner.try({
    argv: ['ccache', 'gcc', '-c', 'probe.c', '-o', 'probe.o'],
    cwd: folder,
    env: {
      ...withoutRecache(env),
      ...remote.variables,
      CCACHE_DIR: join(folder, 'cache'),
      CCACHE_STATSLOG: log,
    },
    timeout: PROBE_TIMEOUT,
  });
  if (finished.exitCode !== 0) return finished.stderr.trim().split('\n')[0] || 'it does not answer';
  return (await remoteAnswered(log)) ? undefined : 'it does not answer, or refuses the login';
}

/** Nothing would be read. */
function withoutRecache(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name !== 'CCACHE_RECACHE'));
}
