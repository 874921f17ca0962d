import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

export interface NxTask {
  /** `variant-avx512:compile-sample` */
  id: string;
  /** It really ran here; otherwise it was replayed from the cache. */
  ran: boolean;
  succeeded: boolean;
}

export interface NxRun {
  exitCode: number | null;
  output: string;
  /** From Nx's own record of the run; empty where Nx refused to run anything. */
  tasks: readonly NxTask[];
  /** Ids of the tasks that really ran, sorted. */
  ran: readonly string[];
}

export interface RunningNx {
  /** Resolves as soon as the output so far matches. */
  saw(pattern: RegExp): Promise<void>;
  /** SIGINT to Nx and everything in its process group, as Ctrl-C in a terminal. */
  interrupt(): void;
  /** SIGKILL to Nx and everything in its process group. */
  kill(): Promise<void>;
  ended: Promise<NxRun>;
  /** Resolves when no process of its group is left: Nx does not wait for its tasks. */
  gone(): Promise<void>;
}

/**
 * For a process of a second V8's optimised code costs more than it gains: it is to make less of it. Node 24 refuses to
 * start with this option.
 */
const SHORT = process.versions.node.startsWith('20.') ? ['--interrupt-budget=1000000'] : [];

/**
 * Starts the repository's own Nx in the clone at `root`; `env` is the whole environment, `within` the
 * words of a command that runs it.
 */
export function startNx(
  root: string,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  within: readonly string[] = [],
): RunningNx {
  const started = Date.now();
  const nx = [process.execPath, ...SHORT, join(root, 'node_modules/nx/dist/bin/nx.js')];
  const [program = '', ...argv] = [...within, ...nx, ...words];
  const child = spawn(program, argv, {
    cwd: root,
    env: { ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const watchers = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      watchers.forEach((look) => look());
    });
  }
  const ended = new Promise<NxRun>((resolve) => {
    child.on('close', (exitCode) => {
      const tasks = tasksOf(env['NX_CACHE_DIRECTORY'] ?? '', started);
      const ran = tasks.filter((task) => task.ran).map((task) => task.id);
      resolve({ exitCode, output, tasks, ran: ran.sort() });
    });
  });
  return {
    ended,
    interrupt: () => {
      if (child.pid) process.kill(-child.pid, 'SIGINT');
    },
    gone: async () => {
      while (child.pid && groupLives(child.pid)) await setTimeout(100);
    },
    kill: async () => {
      if (child.pid) process.kill(-child.pid, 'SIGKILL');
      await ended;
    },
    saw: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!pattern.test(output)) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
        void ended.then(() => reject(new Error(`ended without ${pattern}:\n${output}`)));
      }),
  };
}

function groupLives(leader: number): boolean {
  try {
    return process.kill(-leader, 0);
  } catch {
    return false;
  }
}

interface RunRecord {
  run: { startTime: string };
  tasks: { taskId: string; cacheStatus: string; status: number }[];
}

/** Nx leaves what it did in run.json of its cache folder; an older record is of another run. */
function tasksOf(cache: string, started: number): NxTask[] {
  let record: RunRecord;
  try {
    record = JSON.parse(readFileSync(join(cache, 'run.json'), 'utf8')) as RunRecord;
  } catch {
    return [];
  }
  if (Date.parse(record.run.startTime) < started) return [];
  return record.tasks.map(({ taskId, cacheStatus, status }) => ({
    id: taskId,
    ran: cacheStatus === 'cache-miss',
    succeeded: status === 0,
  }));
}
