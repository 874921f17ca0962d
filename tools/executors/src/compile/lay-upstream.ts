import { join } from 'node:path';
import { embeddedFolders } from '../sources/catalogue.ts';
import { checkOut, checkOutEmbedded, checkOutSdist } from '../sources/checkout.ts';
import type { Git } from '../sources/git.ts';
import { ensureSdist } from '../sources/sdist.ts';
import type { OpenSdistIndex } from '../sources/sdist.ts';
import { ensurePinnedCommit } from '../sources/upstream-repository.ts';
import type { CompilePlan } from './plan.ts';

/**
 * Lays upstream's pinned sources into the plan's tree.
 * @returns the commit that it was laid from: upstream's, or for want of one the tree's own
 */
export async function layUpstream(
  plan: CompilePlan,
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
