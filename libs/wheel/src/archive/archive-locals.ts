import type { FileHandle } from 'node:fs/promises';
import { readExactly } from './archive-directory.ts';
import type { ArchiveEntry } from './archive-entries.ts';
import { archiveError, shownName } from './archive-error.ts';
import {
  DEFLATED,
  FLAG,
  LOCAL_SIZE,
  readLocalHeader,
  SIGNATURE,
  STORED,
  viewOf,
  withZip64,
  type LocalHeader,
} from './zip-format.ts';

/**
 * Compares every local header with the directory, and accounts for every byte before the directory.
 * A reader that streams local headers and one that trusts the directory then see one archive.
 * @returns where each entry's data begins, by entry.
 */
export async function checkLocalHeaders(
  file: FileHandle,
  path: string,
  entries: readonly ArchiveEntry[],
  directoryOffset: number,
): Promise<Map<ArchiveEntry, number>> {
  const dataOffsets = new Map<ArchiveEntry, number>();
  const inOrder = [...entries].sort((a, b) => a.localOffset - b.localOffset);
  let expected = 0;
  for (const entry of inOrder) {
    if (entry.localOffset !== expected) throw misplaced(path, entry, expected);
    const dataOffset = await checkLocalHeader(file, path, entry, directoryOffset);
    dataOffsets.set(entry, dataOffset);
    expected = await endOfEntry(file, path, entry, dataOffset, directoryOffset);
  }
  if (expected !== directoryOffset) {
    const what = `${directoryOffset - expected} bytes before the directory belong to no entry`;
    throw archiveError(entries.length === 0 ? 'PREPENDED_DATA' : 'HIDDEN_DATA', path, what);
  }
  return dataOffsets;
}

async function checkLocalHeader(
  file: FileHandle,
  path: string,
  entry: ArchiveEntry,
  limit: number,
): Promise<number> {
  const shown = shownName(entry.name);
  const nameLength = Buffer.byteLength(entry.name);
  if (entry.localOffset + LOCAL_SIZE + nameLength > limit) {
    throw archiveError('TRUNCATED', path, `${shown} is outside the file`);
  }
  const bytes = await readExactly(file, path, entry.localOffset, LOCAL_SIZE + nameLength);
  if (bytes.readUInt32LE(0) !== SIGNATURE.local) {
    throw archiveError('HEADERS_DISAGREE', path, `no entry where ${shown} should begin`);
  }
  const raw = readLocalHeader(viewOf(bytes));
  const name = bytes.toString('utf8', LOCAL_SIZE);
  if (raw.nameLength !== nameLength || name !== entry.name) {
    throw archiveError('HEADERS_DISAGREE', path, `${shown} has another name in its own header`);
  }
  const extraAt = entry.localOffset + LOCAL_SIZE + nameLength;
  const extra = await readExactly(file, path, extraAt, raw.extraLength);
  const header = withZip64(raw, extra);
  if (!header) throw archiveError('MALFORMED', path, `the extra field of ${shown} is wrong`);
  const field = disagreement(header, entry);
  if (field) {
    const what = `the ${field} of ${shown} differs between its two headers`;
    throw archiveError('HEADERS_DISAGREE', path, what, 'Tools would unpack different files.');
  }
  return extraAt + raw.extraLength;
}

/** The first field in which a local header differs from the directory, or undefined. */
function disagreement(local: LocalHeader, entry: ArchiveEntry): string | undefined {
  if (local.flags !== entry.flags) return 'flags';
  if (local.method !== (entry.method === 'stored' ? STORED : DEFLATED)) return 'method';
  const pairs = [
    ['CRC', local.crc, entry.crc32],
    ['compressed size', local.compressedSize, entry.compressedSize],
    ['size', local.size, entry.size],
  ] as const;
  const isLater = entry.hasDataDescriptor;
  return pairs.find(([, here, there]) => here !== there && !(isLater && here === 0))?.[0];
}

/** Where the next entry must begin: after the data and, where flagged, a data descriptor. */
async function endOfEntry(
  file: FileHandle,
  path: string,
  entry: ArchiveEntry,
  dataOffset: number,
  limit: number,
): Promise<number> {
  const end = dataOffset + entry.compressedSize;
  if (end > limit) throw archiveError('TRUNCATED', path, `${shownName(entry.name)} is cut`);
  if ((entry.flags & FLAG.descriptor) === 0) return end;
  const bytes = await readExactly(file, path, end, Math.min(24, limit - end));
  const length = descriptorLength(bytes, entry);
  if (length) return end + length;
  const what = `the data descriptor of ${shownName(entry.name)} is wrong`;
  throw archiveError('HEADERS_DISAGREE', path, what);
}

/** A descriptor has a signature or none, and sizes of 4 or 8 bytes; undefined where none fits. */
function descriptorLength(bytes: Buffer, entry: ArchiveEntry): number | undefined {
  for (const signature of [4, 0]) {
    if (signature === 4 && bytes.length >= 4 && bytes.readUInt32LE(0) !== SIGNATURE.descriptor) {
      continue;
    }
    for (const width of [4, 8]) {
      const length = signature + 4 + 2 * width;
      if (bytes.length < length) continue;
      const at = signature + 4;
      const number = (from: number) =>
        width === 4 ? bytes.readUInt32LE(from) : Number(bytes.readBigUInt64LE(from));
      const fits =
        bytes.readUInt32LE(signature) === entry.crc32 &&
        number(at) === entry.compressedSize &&
        number(at + width) === entry.size;
      if (fits) return length;
    }
  }
  return undefined;
}

function misplaced(path: string, entry: ArchiveEntry, expected: number): Error {
  const shown = shownName(entry.name);
  const gap = entry.localOffset - expected;
  if (gap < 0) return archiveError('HEADERS_DISAGREE', path, `${shown} overlaps another entry`);
  return expected === 0
    ? archiveError('PREPENDED_DATA', path, `${gap} bytes before the first entry`)
    : archiveError('HIDDEN_DATA', path, `${gap} bytes before ${shown} belong to no entry`);
}
