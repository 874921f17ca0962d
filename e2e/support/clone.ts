import { copyFileSync, existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { readdirSync, realpathSync, symlinkSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { createRunner } from '@vllm-cpu/system/run';
import { restoreFamily, withTwine } from './built-family.ts';
import { copyBundle, copyGraph } from './cache/known-sources.ts';
import { withoutEmulator } from './hosts/without-emulator.ts';
import { withUv } from './hosts/with-uv.ts';
import { startNx } from './nx.ts';
import type { NxRun, RunningNx } from './nx.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const PATH = process.env['PATH'] ?? '';

/**
 * Clones, environments and the compile cache, shared by every end-to-end test that does not look at
 * them, so that only the first one makes a build environment. It may be deleted at any time.
 */
export const SHARED_WORKSPACE =
  process.env['VLLM_CPU_TEST_WORKSPACE'] ||
  join(tmpdir(), `vllm-cpu-test-workspace-${userInfo().uid}`);

export interface Clone {
  root: string;
  /** Runs Nx to its end; the parameters are those of `start`. */
  nx(...given: Parameters<Clone['start']>): Promise<NxRun>;
  /** Starts Nx in a process group of its own, to be killed; `within` runs it in another command. */
  start(
    words: readonly string[],
    env?: Record<string, string>,
    within?: readonly string[],
  ): RunningNx;
}

/** Where Nx keeps what it did. */
export interface NxState extends Record<string, string> {
  NX_CACHE_DIRECTORY: string;
  NX_WORKSPACE_DATA_DIRECTORY: string;
}

export interface Clones {
  /** A new copy of this repository with an empty cache, in a new folder. */
  make(name?: string): Promise<Clone>;
  /**
   * One whose cache has the verified wheels of the sample and their comparison; nothing is in dist/. twine is
   * on its PATH, behind everything else: it was a part of the verification.
   */
  makeBuilt(name?: string): Promise<Clone>;
  /** Variables that give Nx an empty cache: those of a new machine, for a clone that is there. */
  newMachine(): Promise<NxState>;
  /** An empty folder beside the clones. */
  folder(name: string): Promise<string>;
  remove(): Promise<void>;
}

/**
 * Copies of this repository as git would clone it, what is not committed yet included. Nx finds the programs of this
 * machine there, but for the emulator of other CPUs, and uv.
 */
export function clones(): Clones {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'vllm-cpu-clone-')));
  const usual = withUv(withoutEmulator(PATH, join(base, 'programs')), join(base, 'uv'));
  const running = new Set<RunningNx>();
  const make = async (name = 'clone', path = usual) => {
    const root = join(base, name);
    await copyTracked(root);
    linkPackages(root);
    copyBundle(REPOSITORY, root);
    copyGraph(REPOSITORY, stateIn(stateOf(name)).NX_WORKSPACE_DATA_DIRECTORY);
    return open(root, stateOf(name), path, running);
  };
  const stateOf = (name: string) => join(base, `${name}.nx`);
  return {
    make: (name) => make(name),
    makeBuilt: async (name = 'clone') => {
      const clone = await make(name, withTwine(usual, join(base, `${name}.bin`)));
      await restoreFamily(clone, stateOf(name), join(SHARED_WORKSPACE, 'families'));
      return clone;
    },
    newMachine: async () => {
      const state = stateIn(await mkdtemp(join(base, 'machine-')));
      copyGraph(REPOSITORY, state.NX_WORKSPACE_DATA_DIRECTORY);
      return state;
    },
    folder: async (name) => {
      await mkdir(join(base, name), { recursive: true });
      return join(base, name);
    },
    remove: async () => {
      // What a test that ran out of time left running.
      await Promise.all([...running].map((each) => each.kill()));
      await rm(base, { recursive: true, force: true });
    },
  };
}

function open(root: string, state: string, path: string, running: Set<RunningNx>): Clone {
  const env = {
    PATH: path,
    HOME: process.env['HOME'] ?? root,
    ...stateIn(state),
    NX_DAEMON: 'false',
    NX_ISOLATE_PLUGINS: 'false',
    NX_NO_CLOUD: 'true',
    NX_TUI: 'false',
    VLLM_CPU_WORKSPACE: SHARED_WORKSPACE,
    ...networkSettings(),
  };
  const start: Clone['start'] = (words, more = {}, within = []) => {
    const started = startNx(root, words, { ...env, ...more }, within);
    running.add(started);
    void started.ended.then(() => running.delete(started));
    return started;
  };
  return { root, start, nx: (...given) => start(...given).ended };
}

function stateIn(folder: string): NxState {
  return {
    NX_CACHE_DIRECTORY: join(folder, 'cache'),
    NX_WORKSPACE_DATA_DIRECTORY: join(folder, 'workspace-data'),
  };
}

/** How this machine reaches its package index. */
export function networkSettings(): Record<string, string> {
  const names = Object.keys(process.env).filter((name) =>
    /^(PIP_|UV_|SSL_|https?_proxy$)/i.test(name),
  );
  return Object.fromEntries(names.map((name) => [name, process.env[name] ?? '']));
}

async function copyTracked(root: string): Promise<void> {
  const runner = createRunner();
  const env = { PATH, HOME: '/nonexistent' };
  const git = (words: string[], cwd: string) =>
    runner.run({ argv: ['git', '-c', 'safe.directory=*', ...words], cwd, env });
  const words = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  const { stdout } = await git(words, REPOSITORY);
  const paths = stdout.split('\0').filter(Boolean);
  for (const folder of new Set(paths.map((path) => dirname(path)))) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  for (const path of paths) {
    // Others may be at work in the repository: what is listed may be gone.
    if (existsSync(join(REPOSITORY, path))) copyFileSync(join(REPOSITORY, path), join(root, path));
  }
  await git(['init', '--quiet', '--initial-branch=main'], root);
  await git(['add', '--all'], root);
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@localhost'];
  await git([...identity, 'commit', '--quiet', '-m', 'a clone'], root);
}

/** The installed packages are shared; those of the workspace are the clone's own. */
function linkPackages(root: string): void {
  const installed = join(REPOSITORY, 'node_modules');
  mkdirSync(join(root, 'node_modules/@vllm-cpu'), { recursive: true });
  for (const name of readdirSync(installed)) {
    if (name === '@vllm-cpu' || name === '.cache') continue;
    symlinkSync(join(installed, name), join(root, 'node_modules', name));
  }
  for (const group of ['libs', 'tools']) {
    for (const name of readdirSync(join(root, group))) {
      if (!existsSync(join(root, group, name, 'package.json'))) continue;
      symlinkSync(`../../${group}/${name}`, join(root, 'node_modules/@vllm-cpu', name));
    }
  }
}
