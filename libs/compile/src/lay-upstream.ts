import { join } from 'node:path';
import { embeddedFolders } from '@vllm-cpu/sources/catalogue';
import { checkOut, checkOutEmbedded, checkOutSdist } from '@vllm-cpu/sources/checkout';
import type { Git } from '@vllm-cpu/sources/git';
import { ensureSdist } from '@vllm-cpu/sources/sdist';
import type { OpenSdistIndex } from '@vllm-cpu/sources/sdist';
import { ensurePinnedCommit } from '@vllm-cpu/sources/upstream-repository';
import type { CompilePlan } from './plan.ts';

/** As much of a plan as says where sources come from and where they are laid. */
export interface SourcePlan extends Pick<
  CompilePlan,
  'settings' | 'folders' | 'tree' | 'upstream'
> {
  subject: Pick<CompilePlan['subject'], 'release'>;
}

/**
 * Lays upstream's pinned sources into the plan's tree.
 * @returns the commit that it was laid from: upstream's, or for want of one the tree's own
 */
export async function layUpstream(
  plan: SourcePlan,
  git: Git,
  report: (line: string) => void,
  openIndex: OpenSdistIndex,
): Promise<string> {
  const { source } = plan.subject.release;
  const { kind, tag, commit, sdist, commitTime: time } = source;
  if (kind === 'git') {
    const pin = { from: plan.upstream, tag, commit };
    const repository = await ensurePinnedCommit(git, plan.folders.upstream, pin, report);
    await checkOut(git, repository, plan.tree, time);
    return repository.commit;
  }
  if (sdist) {
    const { upstream: setting } = plan.settings;
    const place = { setting, store: plan.folders.sdists, openIndex, report };
    await checkOutSdist(git, await ensureSdist(sdist, place), plan.tree, tag, time);
  } else {
    const folders = embeddedFolders(source).map((folder) => join(plan.settings.root, folder));
    await checkOutEmbedded(git, folders, plan.tree, tag, time);
  }
  return (await git.run(['-C', plan.tree, 'rev-parse', 'HEAD'])).stdout.trim();
}
