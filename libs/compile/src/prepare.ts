import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lockedOn } from '@vllm-cpu/python/lock-file';
import type { LockedPackage } from '@vllm-cpu/python/lock-file';
import { withLock } from '@vllm-cpu/system/file-lock';
import type { Runner } from '@vllm-cpu/system/run';
import { readBuildLock } from '@vllm-cpu/sources/build-lock';
import { gitWith } from '@vllm-cpu/sources/git';
import type { Git } from '@vllm-cpu/sources/git';
import { ensureOneDnn } from '@vllm-cpu/sources/onednn';
import { pinnedOneDnn } from '@vllm-cpu/sources/onednn-build';
import type { OneDnnSource } from '@vllm-cpu/sources/onednn';
import type { OpenSdistIndex } from '@vllm-cpu/sources/sdist';
import { ensureBuildEnvironment } from './environment/build-environment.ts';
import { cmakeToolchain, TOOLCHAIN_FILE } from './cmake-toolchain.ts';
import { compileEnvironment, installerEnvironment } from './environment/environment.ts';
import type { Interpreter } from '@vllm-cpu/python/interpreter';
import { layUpstream } from './lay-upstream.ts';
import { levelSource } from './level-source.ts';
import type { LevelSource } from './level-source.ts';
import { layOneDnn, oneDnnEdit } from './onednn/use-onednn.ts';
import type { BuiltOneDnn } from './onednn/use-onednn.ts';
import { buildsOneDnn } from './plan.ts';
import type { CompilePlan } from './plan.ts';
import { applyEdits, cpuinfoEdit } from './source-edits.ts';
import { syntheticCpuinfo } from '@vllm-cpu/cmake/synthetic-cpuinfo';

export interface Prepared {
  commit: string;
  oneDnn: OneDnnSource | undefined;
  python: Interpreter;
  /** What the pin's lock gives to this platform and Python; empty where the pin has none. */
  lock: readonly LockedPackage[];
  /** The oneDNN of its own task, where it is linked. */
  builtOneDnn: BuiltOneDnn | undefined;
  level: LevelSource;
  /** Ids of the edits that were applied. */
  edits: readonly string[];
}

/**
 * Lays the throwaway tree and makes the build environment. Idempotent; what is shared between tasks is
 * made under a lock, and what a killed run left is thrown away.
 */
export async function prepare(
  plan: CompilePlan,
  runner: Runner,
  report: (line: string) => void,
  openIndex: OpenSdistIndex,
): Promise<Prepared> {
  const env = compileEnvironment(plan.settings);
  const git = gitWith(runner, env);
  await rm(plan.task, { recursive: true, force: true });
  for (const folder of ['home', 'tmp', 'wheel']) {
    await mkdir(join(plan.task, folder), { recursive: true });
  }
  const { commit, oneDnn } = await withLock(
    join(plan.folders.locks, 'sources'),
    () => laySources(plan, git, report, openIndex),
    report,
  );
  const level = levelSource(plan.subject, plan.settings.root);
  const builtOneDnn = await oneDnnOf(plan);
  const edits = await edit(plan, level, builtOneDnn);
  const { release, releaseName, platform } = plan.subject;
  const { source } = release;
  const torch = source.torch[platform];
  const hashes = release.environment?.torch[platform] ?? null;
  const lock = await readBuildLock(plan.settings.root, releaseName);
  const python = await ensureBuildEnvironment(runner, {
    given: plan.settings.python ? plan.key.python : undefined,
    base: plan.key.python,
    ...{ releaseName, lock, platform },
    requirementsText: await readFile(join(plan.tree, source.buildRequirements), 'utf8'),
    torch: torch === null ? null : { version: torch, hashes },
    environments: plan.folders.environments,
    locks: plan.folders.locks,
    env: installerEnvironment(plan.settings),
    report,
  });
  const locked = lockedOn(lock ?? [], platform, python.version);
  return { commit, oneDnn, builtOneDnn, python, lock: locked, level, edits };
}

async function laySources(
  plan: CompilePlan,
  git: Git,
  report: (line: string) => void,
  openIndex: OpenSdistIndex,
): Promise<{ commit: string; oneDnn: OneDnnSource | undefined }> {
  const { release, platform } = plan.subject;
  const pin = pinnedOneDnn(release.source, platform);
  const commit = await layUpstream(plan, git, report, openIndex);
  const oneDnn =
    buildsOneDnn(plan.subject) && pin
      ? await ensureOneDnn(
          git,
          { ...plan.folders, scratch: plan.task },
          pin,
          plan.settings.oneDnn,
          report,
        )
      : undefined;
  return { commit, oneDnn };
}

async function oneDnnOf({
  subject,
  key,
  settings,
  task,
}: CompilePlan): Promise<BuiltOneDnn | undefined> {
  if (!subject.oneDnn || !key.oneDnn) return undefined;
  return layOneDnn(subject.oneDnn, key.oneDnn, settings.root, task);
}

async function edit(
  plan: CompilePlan,
  level: LevelSource,
  oneDnn: BuiltOneDnn | undefined,
): Promise<string[]> {
  const { platform } = plan.subject;
  await writeFile(join(plan.task, TOOLCHAIN_FILE), cmakeToolchain(plan.subject.release.source));
  const cpuinfo = join(plan.task, 'cpuinfo');
  await writeFile(cpuinfo, syntheticCpuinfo(platform, plan.subject.level.requires));
  const edits = [
    cpuinfoEdit(cpuinfo),
    ...(oneDnn ? [oneDnnEdit(oneDnn.cmake)] : []),
    ...level.edits,
  ];
  await applyEdits(plan.tree, edits);
  return edits.map((each) => each.id);
}
