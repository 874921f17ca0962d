import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compare } from '@renovatebot/pep440';
import { frontPage } from '@vllm-cpu/report/front-page';
import type { ListedWheel } from '@vllm-cpu/report/front-page';
import { wheelPage } from '@vllm-cpu/report/wheel-page';
import { parseWheelFileName } from '@vllm-cpu/wheel/file-name';
import { parseVersion } from '@vllm-cpu/wheel/version';
import { reportAbout } from './page-sources.ts';
import { STATIC_LAYOUT } from './static-reader.ts';
import type { PageSources, StoredReport } from './page-sources.ts';
import type { StaticEntry, StaticProject } from './static-page.ts';

/** A file of the index: its place below the index's folder, and its text. */
export type PageFile = readonly [place: string, text: string];

/**
 * The pages for people: the front page, one of each wheel, and the reports that they show. The pages of other
 * runs are written anew, from the reports that the index keeps, so that all have one form.
 */
export async function peoplePages(
  directory: string,
  projects: readonly StaticProject[],
  sources: PageSources,
): Promise<PageFile[]> {
  const indexUrl = sources.indexUrl ?? pathToFileURL(join(directory, STATIC_LAYOUT.simple)).href;
  const files: PageFile[] = [];
  const wheels: ListedWheel[] = [];
  for (const { name, entry } of newestFirst(projects)) {
    const place = reportPlace(name, entry.filename);
    const stored = await storedReport(directory, place, entry, sources);
    const wheel = listed(name, entry, stored, sources);
    const links = { front: '../index.html', wheel: `../${packagePlace(name, entry.filename)}` };
    const report = stored && `../${place}`;
    if (stored) files.push([decodeURIComponent(place), stored.text]);
    files.push([decodeURIComponent(wheel.page), wheelPage(wheel, { ...links, report, indexUrl })]);
    wheels.push(wheel);
  }
  const front = frontPage({ variants: sources.variants, wheels, indexUrl });
  return [...files, ['index.html', front]];
}

function newestFirst(projects: readonly StaticProject[]): { name: string; entry: StaticEntry }[] {
  return projects
    .flatMap(({ name, files }) => files.map((entry) => ({ name, entry })))
    .sort(
      (a, b) =>
        (a.name < b.name ? -1 : Number(a.name > b.name)) ||
        compare(versionOf(b.entry), versionOf(a.entry)) ||
        (a.entry.filename < b.entry.filename ? -1 : 1),
    );
}

function versionOf({ filename }: StaticEntry): string {
  return parseVersion(parseWheelFileName(filename).version).full;
}

function listed(
  project: string,
  entry: StaticEntry,
  stored: StoredReport | undefined,
  { variants }: PageSources,
): ListedWheel {
  return {
    fileName: entry.filename,
    project,
    version: versionOf(entry),
    size: entry.size,
    sha256: entry.hashes.sha256,
    requiresPython: entry['requires-python'],
    yanked: entry.yanked !== false,
    report: stored?.report,
    variant: variants.find(({ distribution }) => distribution === project),
    page: `wheels/${encodeURIComponent(entry.filename.replace(/\.whl$/, '.html'))}`,
  };
}

/** Of this run, else the one that the index keeps. */
async function storedReport(
  directory: string,
  place: string,
  entry: StaticEntry,
  { reports }: PageSources,
): Promise<StoredReport | undefined> {
  const { sha256 } = entry.hashes;
  const kept = join(directory, decodeURIComponent(place));
  return (await reportAbout(sha256, reports.get(sha256))) ?? (await reportAbout(sha256, kept));
}

function packagePlace(project: string, fileName: string): string {
  return `${STATIC_LAYOUT.packages}/${project}/${encodeURIComponent(fileName)}`;
}

function reportPlace(project: string, fileName: string): string {
  return packagePlace(project, fileName.replace(/\.whl$/, '.report.json'));
}
