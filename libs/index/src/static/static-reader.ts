import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { sha256 } from '@vllm-cpu/system/digest';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { parseJson } from '@vllm-cpu/system/parse-json';
import { normalizeProjectName } from '@vllm-cpu/wheel/file-name';
import { parseJsonPage } from '../read/simple-page.ts';
import { projectSchema } from './static-page.ts';
import type { IndexReader } from '../read/index-reader.ts';
import type { IndexFile, ProjectPage } from '../read/simple-page.ts';
import type { StaticProject } from './static-page.ts';

/** Where the parts of a static index stand, all below its directory. */
export const STATIC_LAYOUT = {
  simple: 'simple',
  packages: 'packages',
  /** New files are written here first; its lock is the index's lock. */
  staging: '.staging',
} as const;

/** Reads a static index on disk. A file that is listed but lost or cut short counts as not there. */
export function createDirectoryReader(directory: string): IndexReader {
  const download = async (file: IndexFile): Promise<Uint8Array> =>
    readFile(fileURLToPath(file.url));
  return {
    location: `file:${directory}`,
    download,
    sha256Of: async (file) => file.sha256 ?? sha256(await download(file)),
    project: async (name): Promise<ProjectPage> => {
      const path = projectJsonPath(directory, name);
      const text = await readIfThere(path);
      if (text === undefined) return { exists: false, files: [] };
      const page = parseJsonPage(text, pathToFileURL(path).href);
      const whole = await Promise.all(page.files.map(isWhole));
      return { exists: true, files: page.files.filter((_file, index) => whole[index]) };
    },
  };
}

/**
 * The JSON page of a project as it stands, or an empty one.
 * @throws VllmCpuError INDEX_DAMAGED, INDEX_NOT_READABLE
 */
export async function readStaticProject(directory: string, name: string): Promise<StaticProject> {
  const path = projectJsonPath(directory, name);
  const text = await readIfThere(path);
  if (text === undefined) return { name: normalizeProjectName(name), versions: [], files: [] };
  try {
    return parseJson(text, projectSchema, path);
  } catch (cause) {
    throw new VllmCpuError({
      code: 'INDEX_DAMAGED',
      what: `${path} is not a page of this static index`,
      why: cause instanceof Error ? cause.message : String(cause),
      next: 'Restore it from a backup, or publish into an empty directory.',
      cause,
    });
  }
}

export function projectDirectory(directory: string, name: string): string {
  return join(directory, STATIC_LAYOUT.simple, normalizeProjectName(name));
}

function projectJsonPath(directory: string, name: string): string {
  return join(projectDirectory(directory, name), 'index.json');
}

async function isWhole(file: IndexFile): Promise<boolean> {
  const status = await stat(fileURLToPath(file.url)).catch(() => undefined);
  return status !== undefined && (file.size === undefined || status.size === file.size);
}

/** @throws VllmCpuError INDEX_NOT_READABLE */
async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    throw new VllmCpuError({
      code: 'INDEX_NOT_READABLE',
      what: `cannot read ${path}`,
      why: `The system reported ${cause.code ?? cause.message}.`,
      next: 'Choose a folder that you can read and write: file:<directory>.',
      cause,
    });
  });
}
