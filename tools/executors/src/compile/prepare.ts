import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lockedOn } from '../requirements/lock-file.ts';
import type { LockedPackage } from '../requirements/lock-file.ts';
import { withLock } from '../system/file-lock.ts';
import type { Runner } from '../system/run.ts';
import { readBuildLock } from '../sources/build-lock.ts';
import { editsFor, loadEdits } from '../sources/edits.ts';
import { gitWith } from '../sources/git.ts';
import type { Git } from '../sources/git.ts';
import { ensureOneDnn } from '../sources/onednn.ts';
import type { OneDnnSource } from '../sources/onednn.ts';
import type { OpenSdistIndex } from '../sources/sdist.ts';
import { ensureBuildEnvironment } from './build-environment.ts';
import { compileEnvironment, installerEnvironment } from './environment.ts';
import type { Interpreter } from './interpreter.ts';
import { layUpstream } from './lay-upstream.ts';
import { needsOneDnn } from './plan.ts';
import type { CompilePlan } from './plan.ts';
import { applyEdits, cpuinfoEdit } from './source-edits.ts';
import { syntheticCpuinfo } from '../cmake/synthetic-cpuinfo.ts';

export interface Prepared {
  commit: string;
  oneDnn: OneDnnSource | undefined;
  python: Interpreter;
  /** What the pin's lock gives to this platform and Python; empty where the pin has none. */
  lock: readonly LockedPackage[];
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
  const edits = await edit(plan);
  const { release, releaseName, platform } = plan.subject;
  const { source } = release;
  const torch = source.torch[platform];
  const lock = await readBuildLock(plan.settings.root, releaseName);
  const python = await ensureBuildEnvironment(runner, {
    given: plan.settings.python ? plan.key.python : undefined,
    base: plan.key.python,
    ...{ releaseName, lock, platform },
    requirementsText: await readFile(join(plan.tree, source.buildRequirements), 'utf8'),
    torch: torch === null ? null : { version: torch, hashes: null },
    environments: plan.folders.environments,
    locks: plan.folders.locks,
    env: installerEnvironment(plan.settings),
    report,
  });
  return { commit, oneDnn, python, lock: lockedOn(lock ?? [], platform, python.version), edits };
}

async function laySources(
  plan: CompilePlan,
  git: Git,
  report: (line: string) => void,
  openIndex: OpenSdistIndex,
): Promise<{ commit: string; oneDnn: OneDnnSource | undefined }> {
  const { source } = plan.subject.release;
  const commit = await layUpstream(plan, git, report, openIndex);
  const oneDnn =
    needsOneDnn(plan.subject) && source.oneDnn
      ? await ensureOneDnn(
          git,
          { ...plan.folders, scratch: plan.task },
          source.oneDnn,
          plan.settings.oneDnn,
          report,
        )
      : undefined;
  return { commit, oneDnn };
}

async function edit(plan: CompilePlan): Promise<string[]> {
  const { release, platform, level } = plan.subject;
  const cpuinfo = join(plan.task, 'cpuinfo');
  await writeFile(cpuinfo, syntheticCpuinfo(platform, level.requires));
  const edits = [
    cpuinfoEdit(cpuinfo),
    ...editsFor(loadEdits(plan.settings.root), release, platform, level.requires),
  ];
  await applyEdits(plan.tree, edits);
  return edits.map((each) => each.id);
}
