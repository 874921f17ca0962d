import { open, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isElf } from '@vllm-cpu/elf/elf-file';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { withArchive, type Archive, type ArchiveEntry } from '@vllm-cpu/wheel/archive-reader';
import { parseCoreMetadata, type CoreMetadata } from '@vllm-cpu/wheel/core-metadata';
import { parseVersion, type Version } from '@vllm-cpu/wheel/version';
import { parseWheelMetadata, type WheelMetadata } from '@vllm-cpu/wheel/wheel-metadata';

/** A file of an unpacked wheel; `name` is its path in the wheel, with slashes. */
export interface UnpackedFile {
  name: string;
  executable: boolean;
  isElf: boolean;
}

/** The compiled wheel on disk, its metadata read. */
export interface UnpackedWheel {
  root: string;
  files: UnpackedFile[];
  /** `vllm-0.12.0+cpu.dist-info` */
  distInfo: string;
  metadata: CoreMetadata;
  wheel: WheelMetadata;
  version: Version;
}

/**
 * Unpacks upstream's wheel below `root`, which must not exist, and checks that it is one of vLLM.
 * @throws VllmCpuError ARCHIVE_*, COMPILED_WHEEL_UNKNOWN, METADATA_INVALID
 */
export async function unpackWheel(path: string, root: string): Promise<UnpackedWheel> {
  return withArchive(path, async (archive) => {
    const distInfo = theDistInfo(archive);
    const metadata = parseCoreMetadata(await archive.readText(`${distInfo}/METADATA`));
    const wheel = parseWheelMetadata(await archive.readText(`${distInfo}/WHEEL`));
    if (metadata.name.toLowerCase() !== 'vllm') {
      throw unknown(path, `it contains ${metadata.name}, not vllm`);
    }
    if (!archive.find('vllm/__init__.py')) throw unknown(path, 'it has no vllm/__init__.py');
    const files: UnpackedFile[] = [];
    for (const entry of archive.entries) {
      if (entry.isDirectory || entry.name === `${distInfo}/RECORD`) continue;
      files.push(await unpackFile(archive, entry, root));
    }
    if (!files.some((file) => file.isElf)) {
      throw unknown(path, 'it has no compiled module: upstream built a pure Python wheel');
    }
    const version = parseVersion(metadata.version);
    return { root, files, distInfo, metadata, wheel, version };
  });
}

/** The one .dist-info of a wheel. @throws VllmCpuError COMPILED_WHEEL_UNKNOWN */
export function theDistInfo(archive: Archive): string {
  const found = new Set(
    archive.entries.flatMap((entry) => /^[^/]+\.dist-info(?=\/)/.exec(entry.name) ?? []),
  );
  const [only] = found;
  if (only && found.size === 1) return only;
  const what = found.size === 0 ? 'it has no .dist-info' : `it has ${[...found].join(' and ')}`;
  throw unknown(archive.path, what);
}

async function unpackFile(
  archive: Archive,
  entry: ArchiveEntry,
  root: string,
): Promise<UnpackedFile> {
  const target = join(root, entry.name);
  await mkdir(dirname(target), { recursive: true });
  const file = await open(target, 'wx', 0o644);
  let head: Buffer | undefined;
  try {
    for await (const chunk of archive.chunks(entry)) {
      head ??= chunk;
      await writeFile(file, chunk);
    }
  } finally {
    await file.close();
  }
  const elf = head !== undefined && isElf(head);
  return { name: entry.name, executable: elf || (entry.mode & 0o100) !== 0, isElf: elf };
}

function unknown(path: string, why: string): VllmCpuError {
  return new VllmCpuError({
    code: 'COMPILED_WHEEL_UNKNOWN',
    what: `${path} is not a compiled wheel of vLLM`,
    why,
    next: 'Compile again. The compile log shows what upstream built.',
  });
}
