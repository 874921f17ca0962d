/**
 * Upstream's own build of a release against our five wheels and against one of them, all from clean
 * in one run, oneDNN included:
 *
 *   node benchmarks/upstream-build.ts [release]
 *
 * Without a release it is the embedded one. A real release takes hours, 6 GiB of disk and g++ 12.3 or
 * later. Upstream's build has its own settings and no compiler cache, ours empty ones. Sources are
 * fetched and the build environment is made before the clock starts; VLLM_CPU_UPSTREAM, VLLM_CPU_ONEDNN,
 * VLLM_CPU_PYTHON and VLLM_CPU_MAX_JOBS are as for a build.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { compileEnvironment } from '@vllm-cpu/compile/environment';
import { layUpstream } from '@vllm-cpu/compile/lay-upstream';
import { setupArgv } from '@vllm-cpu/compile/plan';
import { openRepository } from '@vllm-cpu/commands/repository';
import type { Repository } from '@vllm-cpu/commands/repository';
import { upstreamOf } from '@vllm-cpu/commands/upstream-access';
import type { NamedRelease } from '@vllm-cpu/sources/catalogue';
import { gitWith } from '@vllm-cpu/sources/git';
import { ensureOneDnn } from '@vllm-cpu/sources/onednn';
import { repositoryOf } from '@vllm-cpu/sources/upstream-place';
import { workspaceFolders } from '@vllm-cpu/sources/workspace-folders';
import { clones } from '../e2e/support/clone.ts';
import type { Clones } from '../e2e/support/clone.ts';
import { sharedInterpreter } from '../e2e/support/interpreter.ts';
import { measure } from './process-tree.ts';
import type { Measured } from './process-tree.ts';

const ROOT = join(import.meta.dirname, '..');
/** The longest compile, and what upstream's module for new CPUs is closest to. */
const ONE = 'variant-amxbf16';
/** Lines of a failed build's output that are shown. */
const TAIL = 40;

/** Settings of a build that reach each side alike. */
const SHARED_SETTINGS = ['VLLM_CPU_UPSTREAM', 'VLLM_CPU_ONEDNN', 'VLLM_CPU_MAX_JOBS'];

function sharedSettings(): Record<string, string> {
  const given = SHARED_SETTINGS.flatMap((name) => {
    const value = process.env[name];
    return value ? [[name, value] as const] : [];
  });
  return Object.fromEntries(given);
}

/** One that was given, or what a build in the shared workspace makes. */
async function interpreter(made: Clones, release: string): Promise<string> {
  const given = process.env['VLLM_CPU_PYTHON'];
  if (given) return resolve(given);
  const clone = await made.make('warm');
  await clone.nx(['run', `${ONE}:build-${release}`], sharedSettings());
  return sharedInterpreter(release);
}

/** Upstream's sources in a folder, and the variables that lead its cmake to oneDNN's. */
async function upstreamTree(repository: Repository, { release }: NamedRelease, folder: string) {
  const { settings, report } = repository;
  const { source } = release;
  const tree = join(folder, 'src');
  const folders = workspaceFolders(settings.workspace);
  const git = gitWith(repository.runner, compileEnvironment(settings));
  const upstream = repositoryOf(settings.upstream, source.repository ?? 'embedded');
  const plan = { subject: { release }, settings, folders, tree, upstream };
  await layUpstream(plan, git, report, upstreamOf(repository).sdists.openIndex);
  if (!source.oneDnn) return { tree, env: {} };
  const places = { ...folders, scratch: folder };
  const oneDnn = await ensureOneDnn(git, places, source.oneDnn, settings.oneDnn, report);
  return { tree, env: { FETCHCONTENT_SOURCE_DIR_ONEDNN: oneDnn.directory } };
}

/** Upstream's setup.py as its documentation runs it; caches of compilers do nothing. */
async function upstreamBuild(named: NamedRelease, python: string, folder: string) {
  const repository = openRepository(ROOT, () => undefined);
  const { tree, env } = await upstreamTree(repository, named, folder);
  const { source, version } = named.release;
  const log = join(folder, 'upstream.log');
  const output = await open(log, 'w');
  const jobs = process.env['VLLM_CPU_MAX_JOBS'];
  const environment = {
    ...compileEnvironment(repository.settings),
    ...env,
    ...(jobs ? { MAX_JOBS: jobs } : {}),
    PATH: `${dirname(python)}:${process.env['PATH'] ?? ''}`,
    VLLM_TARGET_DEVICE: 'cpu',
    SETUPTOOLS_SCM_PRETEND_VERSION: version,
    ...{ CCACHE_DISABLE: '1', SCCACHE_DIR: join(folder, 'sccache') },
  };
  const [program, ...words] = setupArgv(python, source.pyLimitedApi, join(folder, 'wheel'));
  return measure(async () => {
    const stdio = ['ignore', output.fd, output.fd] as const;
    const child = spawn(program, words, { cwd: tree, env: environment, stdio: [...stdio] });
    const [exitCode] = (await once(child, 'close')) as [number | null];
    if (exitCode !== 0) {
      const lines = (await readFile(log, 'utf8')).trim().split('\n');
      throw new Error(`upstream's build failed:\n${lines.slice(-TAIL).join('\n')}`);
    }
  }).finally(() => output.close());
}

/** Nx in a clone with empty caches. */
async function ourBuild(made: Clones, name: string, words: readonly string[], python: string) {
  const clone = await made.make(name);
  const workspace = await made.folder(`workspace-${name}`);
  const env = { ...sharedSettings(), VLLM_CPU_WORKSPACE: workspace, VLLM_CPU_PYTHON: python };
  return measure(async () => {
    const run = await clone.nx(words, env);
    if (run.exitCode !== 0) throw new Error(`nx ${words.join(' ')} failed:\n${run.output}`);
  });
}

function print(title: string, { seconds, cpuSeconds, peakGib }: Measured, ratio = ''): void {
  const times = `${seconds.toFixed(1).padStart(8)} s, ${cpuSeconds.toFixed(1).padStart(8)} CPU s`;
  process.stdout.write(`${title.padEnd(24)}${times}, peak ${peakGib.toFixed(1)} GiB${ratio}\n`);
}

function ratio(one: Measured, other: Measured): string {
  const wall = (one.seconds / other.seconds).toFixed(2);
  return `${wall} times (CPU time ${(one.cpuSeconds / other.cpuSeconds).toFixed(2)})`;
}

async function main(releaseName: string): Promise<void> {
  const repository = openRepository(ROOT);
  const named = repository.releases.find(({ name }) => name === releaseName);
  if (!named) throw new Error(`${releaseName} is not pinned`);
  const made = clones();
  const folder = await mkdtemp(join(tmpdir(), 'vllm-cpu-upstream-build-'));
  try {
    const python = await interpreter(made, releaseName);
    process.stdout.write(`${releaseName}, ${cpus().length} CPUs ${cpus()[0]?.model ?? ''}\n`);
    const upstream = await upstreamBuild(named, python, folder);
    print("upstream's own build", upstream);
    const one = await ourBuild(made, 'one', ['run', `${ONE}:build-${releaseName}`], python);
    print('our one wheel, amxbf16', one, `: ${ratio(one, upstream)} upstream's`);
    const five = await ourBuild(made, 'five', ['run-many', '-t', `build-${releaseName}`], python);
    print(
      'our five wheels',
      five,
      `: ${ratio(five, upstream)} upstream's, ${ratio(five, one)} one`,
    );
  } finally {
    await made.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

main(process.argv[2] ?? 'sample-unified').catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
