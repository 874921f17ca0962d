import { mkdir } from 'node:fs/promises';
import { basename } from 'node:path';
import type * as Tar from 'tar';
import { VllmCpuError } from '@vllm-cpu/system/errors';

/** What a source distribution says of itself, read without unpacking it. */
export interface SdistContents {
  /** Seconds since 1970 UTC of its newest file. */
  newest: number;
  /** Its one top-level folder. */
  folder: string;
}

/** Bytes that all of its files may have together; vLLM's have some 100 MB. */
const LARGEST = 2 * 1024 ** 3;

/**
 * Reads the whole archive, and refuses what a source distribution has no reason to hold: links, devices,
 * paths that lead out of its folder.
 * @throws VllmCpuError SDIST_HOSTILE, SDIST_TRUNCATED, SDIST_DAMAGED
 */
export async function inspectSdist(archive: string): Promise<SdistContents> {
  const folders = new Set<string>();
  let [newest, size] = [0, 0];
  let hostile: VllmCpuError | undefined;
  await reading(archive, ({ list }) =>
    list({
      file: archive,
      strict: true,
      onReadEntry: (entry) => {
        size += entry.size;
        const why =
          reasonAgainst(entry) ?? (size > LARGEST ? 'it unpacks to more than 2 GiB' : null);
        if (why) hostile ??= refused(archive, entry.path, why);
        folders.add(entry.path.split('/')[0] ?? '');
        newest = Math.max(newest, Math.floor((entry.mtime?.getTime() ?? 0) / 1000));
      },
    }),
  );
  if (hostile) throw hostile;
  const [folder, other] = [...folders];
  if (!folder || other !== undefined) {
    throw refused(archive, other ?? '', 'a source distribution has exactly one top-level folder');
  }
  return { newest, folder };
}

/**
 * Unpacks the content of the archive's one folder into `target`, which is made. Nothing is written
 * before the whole archive was looked at.
 * @param wanted says of a path below that folder whether it is unpacked
 * @throws VllmCpuError SDIST_HOSTILE, SDIST_TRUNCATED, SDIST_DAMAGED
 */
export async function unpackSdist(
  archive: string,
  target: string,
  wanted: (path: string) => boolean = () => true,
): Promise<SdistContents> {
  const contents = await inspectSdist(archive);
  await mkdir(target, { recursive: true });
  // As root, tar would give the files to the numbers of whoever packed them.
  const filter = (path: string): boolean => wanted(path.slice(path.indexOf('/') + 1));
  const options = { strip: 1, strict: true, preserveOwner: false, filter };
  await reading(archive, ({ extract }) => extract({ file: archive, cwd: target, ...options }));
  return contents;
}

function reasonAgainst(entry: Tar.ReadEntry): string | null {
  if (entry.type !== 'File' && entry.type !== 'OldFile' && entry.type !== 'Directory') {
    return `it is a ${entry.type}, and only files and folders are expected`;
  }
  const parts = entry.path.split('/');
  if (parts[0] === '' || parts.includes('..') || entry.path.includes('\\')) {
    return 'its path leads out of the folder';
  }
  return null;
}

/** tar is loaded here: a compile's key is computed by what imports this file, in each run of Nx. */
async function reading(archive: string, read: (tar: typeof Tar) => Promise<void>): Promise<void> {
  try {
    await read(await import('tar'));
  } catch (error) {
    throw unreadable(archive, error instanceof Error ? error.message : String(error));
  }
}

function refused(archive: string, path: string, why: string): VllmCpuError {
  return new VllmCpuError({
    code: 'SDIST_HOSTILE',
    what: `refusing to unpack ${basename(archive)}: unsafe entry "${path}"`,
    why: `${why[0]?.toUpperCase() ?? ''}${why.slice(1)}.`,
    next: 'Do not use this archive. Find out where it came from.',
  });
}

function unreadable(archive: string, reason: string): VllmCpuError {
  const truncated = /unexpected end of file|truncated/i.test(reason);
  return new VllmCpuError({
    code: truncated ? 'SDIST_TRUNCATED' : 'SDIST_DAMAGED',
    what: truncated ? `${archive} is truncated` : `${archive} is not a readable .tar.gz archive`,
    why: reason,
    next: 'Delete it and download it again.',
  });
}
