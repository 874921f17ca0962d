import { cp, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { sha256File } from '@vllm-cpu/system/digest';
import { withLock } from '@vllm-cpu/system/file-lock';
import { writeAtomically } from '@vllm-cpu/system/files';
import { quoteArgv } from '@vllm-cpu/system/quote';
import { replaceFolder } from '@vllm-cpu/system/replace-folder';
import { makeFolder, refuseFull, refuseUnwritable } from '@vllm-cpu/system/writable-folder';
import type { Runner } from '@vllm-cpu/system/run';
import { MANIFEST_FILE } from '@vllm-cpu/sources/compile-manifest';
import { gitWith } from '@vllm-cpu/sources/git';
import { ensureOneDnn } from '@vllm-cpu/sources/onednn';
import type { OneDnnSource } from '@vllm-cpu/sources/onednn';
import type { OneDnnManifest } from '@vllm-cpu/sources/onednn-manifest';
import { ensureBuildEnvironment } from '../environment/build-environment.ts';
import { cacheProgram, withCompileCache } from '../cache/compile-cache.ts';
import { refuseEmulation } from '../environment/emulation.ts';
import { installerEnvironment } from '../environment/environment.ts';
import {
  compileCacheVariables,
  compileEnvironment,
  hermeticEnvironment,
} from '../hermetic-environment.ts';
import { probeInterpreter, programsOf } from '@vllm-cpu/python/interpreter';
import { duration, progressLines } from '../progress/progress.ts';
import { anyInterpreter, lockedTools, TOOLS_RELEASE } from './onednn-tools.ts';
import { refuseUnusablePath } from '../environment/workspace-path.ts';
import { WHEEL_ROOM } from '../plan.ts';
import { configureArgv } from './onednn-plan.ts';
import type { OneDnnPlan } from './onednn-plan.ts';

/** What the build itself needs; without VLLM_CPU_PYTHON an environment is made of it. */
const BUILD_REQUIREMENTS = 'cmake\nninja\n';

const LIBRARY = 'lib/libdnnl.a';

/**
 * Builds one oneDNN and leaves the static library, its cmake package, its headers (upstream includes
 * some of the private ones) and a manifest in `plan.output`.
 * @throws VllmCpuError ONEDNN_FAILED, or what fetching the sources throws
 */
export async function buildOneDnn(
  plan: OneDnnPlan,
  runner: Runner,
  report: (line: string) => void,
): Promise<OneDnnManifest> {
  const emulationAllowed = plan.settings.env['VLLM_CPU_ALLOW_EMULATION'] === '1';
  await refuseEmulation(plan.platform, undefined, undefined, emulationAllowed);
  refuseUnusablePath(plan.settings.workspace);
  await refuseUnwritable(plan.output);
  await refuseFull(plan.output, WHEEL_ROOM);
  await makeFolder(plan.folders.logs);
  return withLock(
    plan.lock,
    async () => {
      await rm(plan.log, { force: true });
      try {
        return await buildLocked(plan, runner, report);
      } finally {
        await rm(plan.task, { recursive: true, force: true });
      }
    },
    report,
  );
}

async function buildLocked(
  plan: OneDnnPlan,
  runner: Runner,
  report: (line: string) => void,
): Promise<OneDnnManifest> {
  const started = Date.now();
  await rm(plan.task, { recursive: true, force: true });
  for (const folder of ['home', 'tmp']) {
    await mkdir(join(plan.task, folder), { recursive: true });
  }
  const source = await sourcesOf(plan, runner, report);
  const env = await environmentOf(plan, source.directory, runner, report);
  const { cache } = await withCompileCache(
    plan.settings,
    { env, task: plan.task, runner },
    report,
    (withCache, hiding) => runCmake(plan, source.directory, withCache, hiding, report),
  );
  const seconds = (Date.now() - started) / 1000;
  const manifest = await handOver(plan, source, { seconds, compileCache: cache });
  report(
    `onednn ${plan.build.name}: ${(manifest.library.size / 1e6).toFixed(1)} MB in ${duration(seconds)}, ` +
      `compile cache ${cache.hits} hits, ${cache.misses} misses`,
  );
  return manifest;
}

async function runCmake(
  plan: OneDnnPlan,
  source: string,
  env: Record<string, string>,
  runner: Runner,
  report: (line: string) => void,
): Promise<void> {
  const launcher = cacheProgram(env['PATH']) ?? undefined;
  const progress = progressLines(`onednn ${plan.build.name}`, report);
  for (const argv of [
    configureArgv(plan, source, launcher),
    ['cmake', '--build', join(plan.task, 'build'), `-j${plan.jobs}`],
    ['cmake', '--install', join(plan.task, 'build')],
  ] as [string, ...string[]][]) {
    const done = await runner.try({ argv, env, logFile: plan.log, onLine: progress });
    if (done.exitCode !== 0) throw buildFailed(plan, argv, `${done.stdout}\n${done.stderr}`);
  }
}

async function sourcesOf(
  plan: OneDnnPlan,
  runner: Runner,
  report: (line: string) => void,
): Promise<OneDnnSource> {
  const git = gitWith(runner, compileEnvironment(plan.settings));
  return withLock(
    join(plan.folders.locks, 'sources'),
    () =>
      ensureOneDnn(
        git,
        { ...plan.folders, scratch: plan.task },
        plan.build,
        plan.settings.oneDnn,
        report,
      ),
    report,
  );
}

/** The whole environment of oneDNN's cmake: an allow-list, as for upstream's. */
async function environmentOf(
  plan: OneDnnPlan,
  source: string,
  runner: Runner,
  report: (line: string) => void,
): Promise<Record<string, string>> {
  const { settings, folders } = plan;
  const host = compileEnvironment(settings);
  const given = settings.python ? await probeInterpreter(runner, host, settings.python) : undefined;
  const python = await ensureBuildEnvironment(runner, {
    given,
    base: given ?? (await anyInterpreter(settings, runner)),
    releaseName: TOOLS_RELEASE,
    lock: await lockedTools(settings.root),
    requirementsText: BUILD_REQUIREMENTS,
    torch: null,
    platform: plan.platform,
    environments: folders.environments,
    locks: folders.locks,
    env: installerEnvironment(settings),
    report,
  });
  const build = {
    programs: programsOf(python),
    task: plan.task,
    workspace: settings.workspace,
    home: join(plan.task, 'home'),
    temporary: join(plan.task, 'tmp'),
    compileCache: folders.compileCache,
  };
  // The last that matches counts.
  const flags = quoteArgv([
    `-ffile-prefix-map=${settings.workspace}=/workspace`,
    `-ffile-prefix-map=${plan.task}=/build`,
    `-ffile-prefix-map=${source}=/onednn`,
  ]);
  return {
    ...hermeticEnvironment(settings, build),
    SOURCE_DATE_EPOCH: '0',
    CFLAGS: flags,
    CXXFLAGS: flags,
    ...compileCacheVariables(build, (settings.attempt ?? 1) > 1),
  };
}

async function handOver(
  plan: OneDnnPlan,
  source: OneDnnSource,
  run: Pick<OneDnnManifest, 'seconds' | 'compileCache'>,
): Promise<OneDnnManifest> {
  const { build, key } = plan;
  return replaceFolder(plan.output, async (fresh) => {
    for (const folder of ['lib', 'include']) {
      await cp(join(plan.task, 'installed', folder), join(fresh, folder), { recursive: true });
    }
    await copyPrivateHeaders(source.directory, fresh);
    const library = join(fresh, LIBRARY);
    const manifest: OneDnnManifest = {
      schemaVersion: 1,
      key: key.value,
      inputs: { ...key.inputs },
      name: build.name,
      platform: plan.platform,
      tag: build.tag,
      commit: source.commit,
      cxxStandard: build.cxxStandard,
      options: { ...build.options },
      tools: Object.fromEntries(key.tools.map((tool) => [`${tool.name} --version`, tool.version])),
      jobs: plan.jobs,
      ...run,
      library: {
        file: LIBRARY,
        sha256: await sha256File(library),
        size: (await stat(library)).size,
      },
      log: plan.log.slice(plan.folders.logs.length + 1),
    };
    await writeAtomically(join(fresh, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
    return manifest;
  });
}

/** Upstream's dnnl_helper.cpp includes headers of src/common. */
async function copyPrivateHeaders(source: string, fresh: string): Promise<void> {
  const common = join('src', 'common');
  await mkdir(join(fresh, common), { recursive: true });
  for (const name of await readdir(join(source, common))) {
    if (!/\.hp*$/.test(name)) continue;
    await cp(join(source, common, name), join(fresh, common, name));
  }
}

function buildFailed(plan: OneDnnPlan, argv: readonly string[], output: string): VllmCpuError {
  const lines = output.trim().split('\n');
  const telling = lines.filter((line) => /error[: ]|FAILED|fatal|CMake Error/i.test(line));
  return new VllmCpuError({
    code: 'ONEDNN_FAILED',
    what: `failed to build oneDNN ${plan.build.name}: ${argv.slice(0, 2).join(' ')} failed`,
    why: (telling.length > 0 ? telling : lines).slice(-12).join('\n'),
    next: `See the full output in ${plan.log}.`,
  });
}
