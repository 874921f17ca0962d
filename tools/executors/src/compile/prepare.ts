import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from '../system/file-lock.ts';
import type { Runner } from '../system/run.ts';
import { embeddedFolders } from '../sources/catalogue.ts';
import { checkOut, checkOutEmbedded } from '../sources/checkout.ts';
import { editsFor, loadEdits } from '../sources/edits.ts';
import { gitWith } from '../sources/git.ts';
import type { Git } from '../sources/git.ts';
import { ensureOneDnn } from '../sources/onednn.ts';
import type { OneDnnSource } from '../sources/onednn.ts';
import { ensurePinnedCommit } from '../sources/upstream-repository.ts';
import { ensureBuildEnvironment } from './build-environment.ts';
import { compileEnvironment, installerEnvironment } from './environment.ts';
import type { Interpreter } from './interpreter.ts';
import { needsOneDnn } from './plan.ts';
import type { CompilePlan } from './plan.ts';
import { applyEdits, cpuinfoEdit } from './source-edits.ts';
import { syntheticCpuinfo } from './synthetic-cpuinfo.ts';

export interface Prepared {
  commit: string;
  oneDnn: OneDnnSource | undefined;
  python: Interpreter;
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
): Promise<Prepared> {
  const env = compileEnvironment(plan.settings);
  const git = gitWith(runner, env);
  await rm(plan.task, { recursive: true, force: true });
  for (const folder of ['home', 'tmp', 'wheel']) {
    await mkdir(join(plan.task, folder), { recursive: true });
  }
  const { commit, oneDnn } = await withLock(
    join(plan.folders.locks, 'sources'),
    () => laySources(plan, git, report),
    report,
  );
  const edits = await edit(plan);
  const { source } = plan.subject.release;
  const python = await ensureBuildEnvironment(runner, {
    given: plan.settings.python ? plan.key.python : undefined,
    base: plan.key.python,
    requirementsText: await readFile(join(plan.tree, source.buildRequirements), 'utf8'),
    torch: source.torch[plan.subject.platform],
    platform: plan.subject.platform,
    environments: plan.folders.environments,
    locks: plan.folders.locks,
    env: installerEnvironment(plan.settings),
    report,
  });
  return { commit, oneDnn, python, edits };
}

async function laySources(
  plan: CompilePlan,
  git: Git,
  report: (line: string) => void,
): Promise<{ commit: string; oneDnn: OneDnnSource | undefined }> {
  const { source } = plan.subject.release;
  if (source.kind === 'embedded') {
    const folders = embeddedFolders(source).map((folder) => join(plan.settings.root, folder));
    await checkOutEmbedded(git, folders, plan.tree, source.tag, source.commitTime);
    const head = await git.run(['-C', plan.tree, 'rev-parse', 'HEAD']);
    return { commit: head.stdout.trim(), oneDnn: undefined };
  }
  const pin = { from: plan.upstream, tag: source.tag, commit: source.commit };
  const repository = await ensurePinnedCommit(git, plan.folders.upstream, pin, report);
  await checkOut(git, repository, plan.tree, source.commitTime);
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
  return { commit: repository.commit, oneDnn };
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
