import { copyFile, mkdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cpus, release as kernelRelease } from 'node:os';
import { withLock } from '@vllm-cpu/system/file-lock';
import { writeAtomically } from '@vllm-cpu/system/files';
import { replaceFolder } from '@vllm-cpu/system/replace-folder';
import { refuseFull, refuseUnwritable } from '@vllm-cpu/system/writable-folder';
import { sha256File } from '@vllm-cpu/system/digest';
import type { Runner } from '@vllm-cpu/system/run';
import { MANIFEST_FILE } from '@vllm-cpu/sources/compile-manifest';
import type { CompileManifest } from '@vllm-cpu/sources/compile-manifest';
import { pinnedOneDnn } from '@vllm-cpu/sources/onednn-build';
import type { OpenSdistIndex } from '@vllm-cpu/sources/sdist';
import { withCompileCache } from './cache/compile-cache.ts';
import type { CacheUse } from './cache/compile-cache.ts';
import { checkCompiler, compilerDemand } from './toolchain/compiler-check.ts';
import { compileEnvironment } from './environment/environment.ts';
import { checkResources, describeEstimate, estimate } from './progress/estimate.ts';
import { programsOf } from '@vllm-cpu/python/interpreter';
import { expectedFlags } from './level-source.ts';
import { projectOf, WHEEL_ROOM } from './plan.ts';
import type { CompilePlan } from './plan.ts';
import { prepare } from './prepare.ts';
import type { Prepared } from './prepare.ts';
import { duration } from './progress/progress.ts';
import { runSetup } from './environment/run-setup.ts';
import type { SetupRun } from './environment/run-setup.ts';
import { refuseEmulation } from './environment/emulation.ts';
import { refuseUnusablePath } from './environment/workspace-path.ts';
import { setupEnvironment } from './setup-environment.ts';
import { checkSourceFlags } from './toolchain/source-flags.ts';
import type { SourcesWithFlags } from './toolchain/source-flags.ts';

/**
 * Compiles one instruction-set level of one release and leaves upstream's own wheel and a manifest in
 * `plan.output`; whatever was there before stays until the new result is complete.
 */
export async function compile(
  plan: CompilePlan,
  runner: Runner,
  report: (line: string) => void,
  openIndex: OpenSdistIndex,
): Promise<CompileManifest> {
  const { subject, settings } = plan;
  const emulationAllowed = settings.env['VLLM_CPU_ALLOW_EMULATION'] === '1';
  await refuseEmulation(subject.platform, undefined, undefined, emulationAllowed);
  const env = compileEnvironment(settings);
  const gxx = await checkCompiler(runner, env, compilerDemand(subject));
  refuseUnusablePath(settings.workspace);
  await refuseUnwritable(plan.output);
  await refuseFull(plan.output, WHEEL_ROOM);
  const expected = await estimate(plan);
  await checkResources(plan, expected);
  report(`compile ${plan.title}: ${describeEstimate(expected, plan.jobs)}`);
  await mkdir(plan.folders.logs, { recursive: true });
  return withLock(plan.lock, () => compileLocked(plan, gxx, runner, report, openIndex), report);
}

async function compileLocked(
  plan: CompilePlan,
  gxx: string,
  runner: Runner,
  report: (line: string) => void,
  openIndex: OpenSdistIndex,
): Promise<CompileManifest> {
  const started = Date.now();
  await rm(plan.log, { force: true });
  try {
    const prepared = await prepare(plan, runner, report, openIndex);
    const preparedAt = Date.now();
    const { oneDnn } = prepared;
    const env = setupEnvironment(plan, { programs: programsOf(prepared.python), oneDnn });
    const flags = expectedFlags(prepared.level);
    const { result: run, cache } = await withCompileCache(
      plan.settings,
      { env, task: plan.task, runner },
      report,
      (withCache, hiding) => runSetup(plan, prepared.python.path, flags, withCache, hiding, report),
    );
    const sources = flags && (await checkSourceFlags(runner, { tree: plan.tree, env }, flags));
    const manifest = await manifestOf(plan, prepared, { ...run, cache, sources }, gxx, {
      prepare: (preparedAt - started) / 1000,
      compile: (Date.now() - preparedAt) / 1000,
    });
    await handOver(plan.output, run.wheel, manifest);
    report(
      `compile ${plan.title}: ${manifest.wheel.file} in ${duration((Date.now() - started) / 1000)}, ` +
        `compile cache ${manifest.compileCache.hits} hits, ${manifest.compileCache.misses} misses${sharing(plan, manifest.compileCache.hits)}`,
    );
    return manifest;
  } finally {
    if (!plan.keepWorkspace) await rm(plan.task, { recursive: true, force: true });
    else report(`kept ${plan.task}`);
  }
}

/** A first-time reader takes no hits, time after time, for a cache that does not work. */
function sharing({ subject }: CompilePlan, hits: number): string {
  return subject.release.source.kind === 'embedded' && hits === 0
    ? ' (most variants of the sample have flags of their own and share no object files)'
    : '';
}

async function manifestOf(
  plan: CompilePlan,
  prepared: Prepared,
  run: SetupRun & { cache: CacheUse; sources: SourcesWithFlags | undefined },
  gxx: string,
  seconds: Record<string, number>,
): Promise<CompileManifest> {
  const { subject, key } = plan;
  const { release } = subject;
  const torch = prepared.python.packages['torch'] ?? null;
  const pinnedTorch = release.source.torch[subject.platform];
  return {
    schemaVersion: 1,
    key: key.value,
    inputs: { ...key.inputs },
    project: projectOf(subject.variant.name),
    variant: subject.variant.name,
    distribution: subject.variant.distribution,
    release: plan.subject.releaseName,
    version: release.version,
    platform: subject.platform,
    commit: prepared.commit,
    oneDnn: oneDnnOf(plan, prepared),
    builtAgainst: {
      python: prepared.python.version,
      torch,
      pinnedTorch,
      torchMatchesPin: torch === null || torch.replace(/\+.*$/, '') === pinnedTorch,
      packages: { ...prepared.python.packages },
      unlike: differences(prepared.lock, prepared.python),
    },
    tools: {
      'g++': gxx,
      ...Object.fromEntries(key.tools.map((tool) => [`${tool.name} --version`, tool.version])),
    },
    host: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cpus: cpus().length,
      system: `Linux ${kernelRelease()}`,
    },
    module: prepared.level.module?.name ?? null,
    flags: [...run.flags],
    ...(run.sources ? { flagsOfSources: run.sources } : {}),
    edits: [...prepared.edits],
    jobs: plan.jobs,
    seconds,
    compileCache: run.cache,
    wheel: {
      file: basename(run.wheel),
      sha256: await sha256File(run.wheel),
      size: (await stat(run.wheel)).size,
    },
    log: basename(plan.log),
  };
}

/** Of a given interpreter: what differs from the lock, which was not installed. */
function differences(
  lock: Prepared['lock'],
  { packages }: Prepared['python'],
): CompileManifest['builtAgainst']['unlike'] {
  return lock
    .map(({ name, version }) => ({ name, locked: version, used: packages[name] ?? null }))
    .filter(({ locked, used }) => locked !== used);
}

function oneDnnOf(plan: CompilePlan, prepared: Prepared): CompileManifest['oneDnn'] {
  const { release, platform } = plan.subject;
  const pin = pinnedOneDnn(release.source, platform);
  const built = prepared.builtOneDnn?.manifest;
  if (built) return { tag: built.tag, commit: built.commit, sha256: built.library.sha256 };
  if (!pin || !prepared.oneDnn) return null;
  const { commit, directory } = prepared.oneDnn;
  return commit ? { tag: pin.tag, commit } : { tag: pin.tag, commit: null, directory };
}

/** Leaves the wheel and its manifest in `output`. */
async function handOver(output: string, wheel: string, manifest: CompileManifest): Promise<void> {
  await replaceFolder(output, async (fresh) => {
    await copyFile(wheel, join(fresh, basename(wheel)));
    await writeAtomically(join(fresh, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
  });
}
