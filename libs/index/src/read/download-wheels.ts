import { join } from 'node:path';
import { sha256 } from '@vllm-cpu/system/digest';
import { makeFolder } from '@vllm-cpu/system/writable-folder';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { writeAtomically } from '@vllm-cpu/system/files';
import { versionOfFile } from './next-suffix.ts';
import type { IndexReader } from './index-reader.ts';
import type { IndexTarget } from '../target/index-target.ts';
import type { PublishTools } from './publish-tools.ts';
import type { IndexFile } from './simple-page.ts';

export interface DownloadRequest {
  target: IndexTarget;
  projects: readonly string[];
  /** Public version, suffix included. */
  version: string;
  /** Folder to write to; made when missing. */
  to: string;
}

/**
 * Downloads the wheels of one version of each project, digests checked, and gives their paths.
 * @throws VllmCpuError VERSION_NOT_ON_INDEX, DOWNLOAD_DAMAGED
 */
export async function downloadWheels(
  request: DownloadRequest,
  tools: PublishTools,
): Promise<string[]> {
  const index = await request.target.open(() => tools);
  const wanted: IndexFile[] = [];
  for (const project of request.projects) {
    const { files } = await index.project(project);
    const found = wheelsOf(files, request.version);
    if (found.length === 0) throw notThere(index, project, request.version, files);
    wanted.push(...found);
  }
  return downloadFiles(index, wanted, request.to, tools.print);
}

/** The wheels of one version among the files of a project. */
export function wheelsOf(files: readonly IndexFile[], version: string): IndexFile[] {
  return files.filter(
    ({ fileName }) => fileName.endsWith('.whl') && versionOfFile(fileName) === version,
  );
}

/** @returns paths below `to`, which is made when missing. @throws VllmCpuError DOWNLOAD_DAMAGED */
export async function downloadFiles(
  index: IndexReader,
  files: readonly IndexFile[],
  to: string,
  print: (line: string) => void,
): Promise<string[]> {
  await makeFolder(to);
  const paths: string[] = [];
  for (const [position, file] of files.entries()) {
    print(`downloading ${position + 1} of ${files.length}: ${file.fileName}`);
    const content = await index.download(file);
    if (file.sha256 !== undefined && sha256(content) !== file.sha256) throw damaged(index, file);
    const path = join(to, file.fileName);
    await writeAtomically(path, content);
    paths.push(path);
  }
  return paths;
}

function notThere(
  index: IndexReader,
  project: string,
  version: string,
  files: readonly IndexFile[],
): VllmCpuError {
  const versions = [...new Set(files.flatMap(({ fileName }) => versionOfFile(fileName) ?? []))];
  return new VllmCpuError({
    code: 'VERSION_NOT_ON_INDEX',
    what: `no wheel of ${project} ${version} on ${index.location}`,
    why:
      versions.length > 0
        ? `Available versions: ${versions.join(', ')}.`
        : 'The index does not have this project.',
    next: 'Choose an available version, or another index with --from.',
  });
}

function damaged(index: IndexReader, file: IndexFile): VllmCpuError {
  return new VllmCpuError({
    code: 'DOWNLOAD_DAMAGED',
    what: `${file.fileName} from ${index.location} does not match its hash on the index`,
    why: `Expected SHA-256: ${file.sha256 ?? ''}.`,
    next: 'Try again. If it persists, a proxy may be modifying the download.',
  });
}
