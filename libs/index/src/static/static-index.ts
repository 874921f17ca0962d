import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sha256, sha256File } from '@vllm-cpu/system/digest';
import { explainFault, VllmCpuError } from '@vllm-cpu/system/errors';
import { withLock } from '@vllm-cpu/system/file-lock';
import { otherBytes } from './other-bytes.ts';
import { peoplePages } from './people-pages.ts';
import { copyProven } from '@vllm-cpu/wheel/wheel-changed';
import { projectHtml, projectJson, rootHtml, rootJson } from './static-page.ts';
import { projectDirectory, readStaticProject, STATIC_LAYOUT } from './static-reader.ts';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';
import type { PageSources } from './page-sources.ts';
import type { StaticEntry, StaticProject } from './static-page.ts';

export interface StaticIndexOptions {
  /** Upload time of the new files. */
  now?: Date;
  onWait?: (line: string) => void;
  /** Stops before the first file is in place; after that it is a matter of milliseconds. */
  signal?: AbortSignal | undefined;
  /** Undefined: without pages for people. */
  pages?: PageSources | undefined;
}

/**
 * Adds wheels to a static index: all of them or none. Everything is written to a staging folder
 * first; then files are renamed into place, and pages after all files, so that a reader sees whole
 * files and whole pages only. Publishers take turns by a lock.
 * @throws VllmCpuError FILE_EXISTS_WITH_OTHER_BYTES, WHEEL_CHANGED, DISK_FULL, FOLDER_NOT_WRITABLE,
 *   PUBLISH_INTERRUPTED
 */
export async function addToStaticIndex(
  directory: string,
  wheels: readonly PublishableWheel[],
  options: StaticIndexOptions = {},
): Promise<void> {
  const staging = join(directory, STATIC_LAYOUT.staging);
  try {
    await withLock(
      staging,
      async () => {
        await empty(staging);
        try {
          await add(directory, staging, wheels, options);
        } finally {
          await empty(staging);
        }
      },
      options.onWait,
    );
  } catch (error) {
    throw explained(error, directory);
  }
}

async function add(
  directory: string,
  staging: string,
  wheels: readonly PublishableWheel[],
  { now = new Date(), signal, pages }: StaticIndexOptions,
): Promise<void> {
  const projects = new Map<string, StaticProject>();
  const moves: [from: string, to: string][] = [];
  for (const wheel of wheels) {
    signal?.throwIfAborted();
    const known =
      projects.get(wheel.project) ?? (await readStaticProject(directory, wheel.project));
    const listed = known.files.find((file) => file.filename === wheel.fileName);
    if (listed && listed.hashes.sha256 !== wheel.sha256) throw otherBytes(wheel, directory);
    const place = join(directory, STATIC_LAYOUT.packages, wheel.project, wheel.fileName);
    const whole = (await sha256File(place).catch(() => undefined)) === wheel.sha256;
    if (!whole) moves.push([await stageWheel(wheel, staging), place]);
    const metadata = await stage(staging, `${wheel.fileName}.metadata`, wheel.metadata);
    moves.push([metadata, `${place}.metadata`]);
    projects.set(wheel.project, withEntry(known, listed ?? entryOf(wheel, now), wheel.version));
  }
  const page = async (folder: string, name: string, html: string, json: string): Promise<void> => {
    moves.push([await stage(staging, `${name}.html`, html), join(folder, 'index.html')]);
    moves.push([await stage(staging, `${name}.json`, json), join(folder, 'index.json')]);
  };
  for (const project of projects.values()) {
    const home = projectDirectory(directory, project.name);
    await page(home, project.name, projectHtml(project), projectJson(project));
  }
  const names = await projectNames(directory, projects.keys());
  await page(join(directory, STATIC_LAYOUT.simple), 'root', rootHtml(names), rootJson(names));
  if (pages) moves.push(...(await stagePages(directory, staging, projects, names, pages)));
  // Folders take disk space: they are made before the first rename, which does not.
  for (const [, to] of moves) await mkdir(dirname(to), { recursive: true });
  signal?.throwIfAborted();
  for (const [from, to] of moves) await rename(from, to);
}

/** The pages for people about all that is listed now; those that are there already are left. */
async function stagePages(
  directory: string,
  staging: string,
  changed: ReadonlyMap<string, StaticProject>,
  names: readonly string[],
  sources: PageSources,
): Promise<[from: string, to: string][]> {
  const projects: StaticProject[] = [];
  for (const name of names) {
    projects.push(changed.get(name) ?? (await readStaticProject(directory, name)));
  }
  const moves: [from: string, to: string][] = [];
  for (const [place, text] of await peoplePages(directory, projects, sources)) {
    const to = join(directory, place);
    if ((await readFile(to, 'utf8').catch(() => undefined)) === text) continue;
    moves.push([await stage(staging, `page-${moves.length}`, text), to]);
  }
  return moves;
}

/** Copies a wheel and proves the copy, so that what is listed is what was verified. */
async function stageWheel(wheel: PublishableWheel, staging: string): Promise<string> {
  const path = join(staging, wheel.fileName);
  await copyProven(wheel, path);
  return path;
}

async function stage(staging: string, name: string, data: string | Uint8Array): Promise<string> {
  const path = join(staging, name);
  await writeFile(path, data, { flush: true });
  return path;
}

function entryOf(wheel: PublishableWheel, now: Date): StaticEntry {
  const metadata = { sha256: sha256(wheel.metadata) };
  return {
    filename: wheel.fileName,
    url: `../../${STATIC_LAYOUT.packages}/${wheel.project}/${encodeURIComponent(wheel.fileName)}`,
    hashes: { sha256: wheel.sha256 },
    ...(wheel.requiresPython ? { 'requires-python': wheel.requiresPython } : {}),
    size: wheel.size,
    'upload-time': now.toISOString(),
    'core-metadata': metadata,
    'dist-info-metadata': metadata,
    yanked: false,
  };
}

function withEntry(project: StaticProject, entry: StaticEntry, version: string): StaticProject {
  const others = project.files.filter((file) => file.filename !== entry.filename);
  return {
    ...project,
    versions: [...new Set([...project.versions, version])].sort(),
    files: [...others, entry].sort((a, b) => (a.filename < b.filename ? -1 : 1)),
  };
}

async function projectNames(directory: string, added: Iterable<string>): Promise<string[]> {
  const simple = join(directory, STATIC_LAYOUT.simple);
  const entries = await readdir(simple, { withFileTypes: true }).catch(() => []);
  const known = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return [...new Set([...known, ...added])].sort();
}

/** The folder itself stays: a publisher that waits for its lock looks at it. */
async function empty(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

function explained(error: unknown, directory: string): unknown {
  if ((error as Error).name === 'AbortError') return interrupted(directory, error);
  const code = (error as NodeJS.ErrnoException).code;
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  if (!full) return explainFault(error, directory);
  return new VllmCpuError({
    code: 'DISK_FULL',
    what: `cannot write the static index in ${directory}`,
    why: 'The disk is full. The index is unchanged.',
    next: 'Free some space and try again.',
    cause: error,
  });
}

function interrupted(directory: string, cause: unknown): VllmCpuError {
  return new VllmCpuError({
    code: 'PUBLISH_INTERRUPTED',
    what: `publishing to file:${directory} was interrupted`,
    why: 'The index is unchanged.',
    next: 'Run the same command again.',
    cause,
  });
}
