import { findSuffixes } from './next-suffix.ts';
import type { IndexTarget } from '../target/index-target.ts';
import type { Suffixes } from './next-suffix.ts';
import type { PublishTools } from './publish-tools.ts';
import type { ProjectPage } from './simple-page.ts';

/** Reads the suffixes of `release` from an index; free in all `projects` together, and no pinned version. */
export async function readSuffixes(
  target: IndexTarget,
  release: string,
  projects: readonly string[],
  pinned: readonly string[],
  tools: PublishTools,
): Promise<Suffixes & { location: string }> {
  const index = await target.open(() => tools);
  const pages: ProjectPage[] = [];
  for (const project of projects) pages.push(await index.project(project));
  return { ...findSuffixes(release, pages, pinned), location: index.location };
}

/** One line for a terminal. */
export function suffixText(found: Suffixes & { location: string }): string {
  const highest =
    found.highest === undefined
      ? `${found.release} is not there`
      : `highest ${found.release}${found.highest}`;
  const next = found.nextFree
    ? `next free ${found.nextFree} (${found.release}${found.nextFree})`
    : `none is free: PEP 440 has no version after ${found.release} but upstream's next`;
  return `${found.location}: ${highest}; ${next}`;
}
