import type { FileHandle } from 'node:fs/promises';
import { findDirectory, readExactly } from './archive-directory.ts';
import { archiveError, shownName } from './archive-error.ts';
import { refuseDuplicates, safeName } from './archive-names.ts';
import {
  CENTRAL_SIZE,
  DEFLATED,
  FLAG,
  readCentralHeader,
  REFUSED_FLAGS,
  SIGNATURE,
  STORED,
  viewOf,
  withZip64,
  type CentralHeader,
} from './zip-format.ts';

/** One file (or folder) of an archive, its headers checked. Sizes and offsets in bytes. */
export interface ArchiveEntry {
  name: string;
  isDirectory: boolean;
  /** Unix permission bits; 0 where the archive states none. */
  mode: number;
  method: 'stored' | 'deflated';
  compressedSize: number;
  size: number;
  crc32: number;
  localOffset: number;
  /** Sizes follow the data. Readable, but the package index refuses such an archive. */
  hasDataDescriptor: boolean;
  flags: number;
}

/** What deflate can reach at most; a header that claims more lies. */
const DEFLATE_LIMIT = 1032;
/** The package index's own rule, warehouse/forklift/legacy.py: 50-fold above 64 MiB. */
const BOMB_RATIO = 50;
const BOMB_MINIMUM = 64 * 1024 * 1024;
/** Upper bound of everything unpacked. */
const TOTAL_LIMIT = 16 * 1024 * 1024 * 1024;

/** Reads and checks the whole central directory; no content is read. */
export async function readEntries(
  file: FileHandle,
  path: string,
  fileSize: number,
): Promise<{ entries: ArchiveEntry[]; directoryOffset: number }> {
  const place = await findDirectory(file, path, fileSize);
  const bytes = await readExactly(file, path, place.offset, place.size);
  const entries: ArchiveEntry[] = [];
  let at = 0;
  while (at < bytes.length) {
    const { entry, next } = readEntry(bytes, at, path);
    entries.push(entry);
    at = next;
  }
  if (entries.length !== place.entries) {
    const what = `it states ${place.entries} entries and has ${entries.length}`;
    throw archiveError('HEADERS_DISAGREE', path, what);
  }
  refuseDuplicates(
    entries.map((entry) => entry.name),
    path,
  );
  refuseBomb(entries, path, fileSize);
  return { entries, directoryOffset: place.offset };
}

function readEntry(bytes: Buffer, at: number, path: string): { entry: ArchiveEntry; next: number } {
  if (at + CENTRAL_SIZE > bytes.length || bytes.readUInt32LE(at) !== SIGNATURE.central) {
    throw archiveError('MALFORMED', path, `its directory is damaged at byte ${at}`);
  }
  const raw = readCentralHeader(viewOf(bytes, at));
  const nameAt = at + CENTRAL_SIZE;
  const extraAt = nameAt + raw.nameLength;
  const next = extraAt + raw.extraLength + raw.commentLength;
  if (next > bytes.length) throw archiveError('MALFORMED', path, 'its directory is cut');
  const nameBytes = bytes.subarray(nameAt, extraAt);
  const name = safeName(nameBytes, (raw.flags & FLAG.utf8) !== 0, path);
  const header = withZip64(raw, bytes.subarray(extraAt, extraAt + raw.extraLength));
  if (!header) {
    throw archiveError('MALFORMED', path, `the extra field of ${shownName(name)} is wrong`);
  }
  return { entry: checkedEntry(header, name, path), next };
}

function checkedEntry(header: CentralHeader, name: string, path: string): ArchiveEntry {
  const shown = shownName(name);
  if ((header.flags & REFUSED_FLAGS) !== 0) {
    throw archiveError('ENCRYPTED', path, `${shown} is encrypted, or has unknown flags`);
  }
  if (header.method !== STORED && header.method !== DEFLATED) {
    const why = 'Wheels have stored and deflated entries only.';
    throw archiveError('METHOD', path, `${shown} uses method ${header.method}`, why);
  }
  if (header.commentLength !== 0) throw archiveError('COMMENT', path, `${shown} has a comment`);
  if (header.diskStart !== 0) throw archiveError('MULTI_DISK', path, `${shown} is on another disk`);
  const mode = header.externalAttributes >>> 16;
  const isDirectory = name.endsWith('/');
  refuseSpecial(mode, isDirectory, shown, path);
  refuseImpossibleSizes(header, isDirectory, shown, path);
  return {
    name,
    isDirectory,
    mode: mode & 0o777,
    method: header.method === STORED ? 'stored' : 'deflated',
    compressedSize: header.compressedSize,
    size: header.size,
    crc32: header.crc,
    localOffset: header.localOffset,
    hasDataDescriptor: (header.flags & FLAG.descriptor) !== 0,
    flags: header.flags,
  };
}

function refuseSpecial(mode: number, isDirectory: boolean, shown: string, path: string): void {
  const type = mode & 0o170000;
  if (type === 0o120000) throw archiveError('SYMLINK', path, `${shown} is a symbolic link`);
  const expected = isDirectory ? 0o040000 : 0o100000;
  if (type !== 0 && type !== expected) {
    throw archiveError('SPECIAL_FILE', path, `${shown} is not a plain file`);
  }
}

function refuseImpossibleSizes(
  header: CentralHeader,
  isDirectory: boolean,
  shown: string,
  path: string,
): void {
  if (isDirectory && header.size !== 0) {
    throw archiveError('SIZE', path, `the folder ${shown} has content`);
  }
  if (header.method === STORED && header.size !== header.compressedSize) {
    throw archiveError('SIZE', path, `${shown} is stored, with two sizes`);
  }
  if (header.size > header.compressedSize * DEFLATE_LIMIT + DEFLATE_LIMIT) {
    const what = `${shown} claims ${header.size} bytes from ${header.compressedSize}`;
    throw archiveError('BOMB', path, what, 'Deflate cannot do that.');
  }
}

function refuseBomb(entries: readonly ArchiveEntry[], path: string, fileSize: number): void {
  const total = entries.reduce((sum, entry) => sum + entry.size, 0);
  const ratio = total / Math.max(1, fileSize);
  if (total > TOTAL_LIMIT || (total > BOMB_MINIMUM && ratio > BOMB_RATIO)) {
    const what = `${fileSize} bytes unpack to ${total}, ${Math.round(ratio)} times as many`;
    throw archiveError('BOMB', path, what, 'The package index refuses more than 50 times.');
  }
}
