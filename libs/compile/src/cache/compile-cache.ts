import { findProgram } from '@vllm-cpu/system/programs';
import { redacting } from '@vllm-cpu/system/run';
import type { Runner } from '@vllm-cpu/system/run';
import type { Settings } from '@vllm-cpu/system/settings';
import type { CacheStatistics } from './cache-statistics.ts';
import { openCcache } from './ccache.ts';
import { CACHE_PROGRAMS, remoteStorage } from './remote-storage.ts';
import type { CacheProgram, RemoteStorage } from './remote-storage.ts';
import { openSccache } from './sccache.ts';

/** A build whose compilers go through a cache. */
export interface CacheBuild {
  /** Environment of the build, with the folders of the local cache. */
  env: Readonly<Record<string, string>>;
  /** The build's throwaway folder. */
  task: string;
  runner: Runner;
  /** Says that the remote storage is of no use, and why. */
  warn: (remote: RemoteStorage, why: string) => void;
}

/** A cache that is ready for a build. */
export interface OpenCache {
  /** What the build's environment needs besides. */
  variables: Readonly<Record<string, string>>;
  /** Ends what was started, and says how it went. */
  close: () => Promise<CacheStatistics>;
}

export interface CacheUse extends CacheStatistics {
  /** null: every file is compiled. */
  program: CacheProgram | null;
}

/** The program that upstream's build takes where both are there. */
export function cacheProgram(path: string | undefined): CacheProgram | null {
  return CACHE_PROGRAMS.find((name) => findProgram(name, path)) ?? null;
}

/**
 * Runs `action` with the environment in which compilers use the cache of this machine and, where the
 * settings name one, the remote storage. A storage that cannot be used never stops a build: it is left
 * out, with one line to `report`. The runner that `action` gets hides its login.
 */
export async function withCompileCache<Result>(
  settings: Settings,
  build: Omit<CacheBuild, 'warn'>,
  report: (line: string) => void,
  action: (env: Record<string, string>, runner: Runner) => Promise<Result>,
): Promise<{ result: Result; cache: CacheUse }> {
  const program = cacheProgram(build.env['PATH']);
  const remote = program ? remoteStorage(program, settings.env) : undefined;
  const runner = redacting(build.runner, remote?.secrets ?? []);
  const warn: CacheBuild['warn'] = ({ named }, why) =>
    report(`warning: ${named}: ${why}; the build goes on with what this machine has`);
  if (!remote) warnOfOther(program, settings, warn);
  const cache = await openProgram(program, { ...build, runner, warn }, remote);
  let statistics: CacheStatistics | undefined;
  try {
    const result = await action({ ...build.env, ...cache.variables }, runner);
    statistics = await cache.close();
    return { result, cache: { program, ...statistics } };
  } finally {
    if (!statistics) await cache.close();
  }
}

async function openProgram(
  program: CacheProgram | null,
  build: CacheBuild,
  remote: RemoteStorage | undefined,
): Promise<OpenCache> {
  if (program === 'sccache') return openSccache(build, remote);
  if (program === 'ccache') return openCcache(build, remote);
  return { variables: {}, close: () => Promise.resolve({ hits: 0, misses: 0 }) };
}

/** Settings of a program that is not used would be ignored without a word. */
function warnOfOther(
  program: CacheProgram | null,
  settings: Settings,
  warn: CacheBuild['warn'],
): void {
  for (const other of CACHE_PROGRAMS) {
    const unused = other === program ? undefined : remoteStorage(other, settings.env);
    if (unused) warn(unused, `${program ?? 'no compiler cache'} is used, not ${other}`);
  }
}
