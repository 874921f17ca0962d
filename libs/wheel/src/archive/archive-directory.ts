import type { FileHandle } from 'node:fs/promises';
import { archiveError } from './archive-error.ts';
import { END64_SIZE, END_SIZE, LOCATOR64_SIZE, SIGNATURE, viewOf } from './zip-format.ts';

/** Where the central directory lies, in bytes from the beginning. */
export interface DirectoryPlace {
  offset: number;
  size: number;
  entries: number;
}

/** No honest wheel has more; the directory of as many is read into memory. */
const MAX_ENTRIES = 200_000;
const MAX_DIRECTORY = 64 * 1024 * 1024;

/** A wheel has thousands of small entries: most of them lie in what was read for the one before. */
const READ_AHEAD = 256 * 1024;
const readAhead = new WeakMap<FileHandle, { offset: number; bytes: Buffer }>();

/** Reads exactly `length` bytes; not to be written into. @throws VllmCpuError ARCHIVE_TRUNCATED */
export async function readExactly(
  file: FileHandle,
  path: string,
  offset: number,
  length: number,
): Promise<Buffer> {
  const known = readAhead.get(file);
  if (known && offset >= known.offset && offset + length <= known.offset + known.bytes.length) {
    return known.bytes.subarray(offset - known.offset, offset - known.offset + length);
  }
  const bytes = await readUpTo(file, offset, Math.max(length, READ_AHEAD));
  if (bytes.length < length) {
    const end = offset + bytes.length;
    throw archiveError('TRUNCATED', path, `it ends at byte ${end}, within an entry`);
  }
  if (length < READ_AHEAD) readAhead.set(file, { offset, bytes });
  return bytes.subarray(0, length);
}

/** `length` bytes, or all that there are to the end of the file. */
async function readUpTo(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(buffer, done, length - done, offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}

/**
 * Finds the end record, which must be the last bytes of the file: whatever follows it is read by
 * some tools and not by others.
 */
export async function findDirectory(
  file: FileHandle,
  path: string,
  fileSize: number,
): Promise<DirectoryPlace> {
  if (fileSize < END_SIZE) throw archiveError('TRUNCATED', path, 'it is too short for a ZIP file');
  const tailSize = Math.min(fileSize, END_SIZE + 0xffff);
  const tail = await readExactly(file, path, fileSize - tailSize, tailSize);
  const endAt = fileSize - END_SIZE;
  const end = viewOf(tail, tailSize - END_SIZE);
  if (end.getUint32(0, true) !== SIGNATURE.end) throw await noEndAtTheEnd(file, path, tail);
  if (end.getUint16(20, true) !== 0) {
    throw archiveError('TRUNCATED', path, 'its comment is longer than the file');
  }
  const disks = [end.getUint16(4, true), end.getUint16(6, true)];
  const counts = [end.getUint16(8, true), end.getUint16(10, true)];
  if (disks.some((disk) => disk !== 0 && disk !== 0xffff) || counts[0] !== counts[1]) {
    throw archiveError('MULTI_DISK', path, 'it is a part of an archive in several files');
  }
  const short = {
    entries: counts[0] ?? 0,
    size: end.getUint32(12, true),
    offset: end.getUint32(16, true),
  };
  const long = await findDirectory64(file, path, endAt);
  const place = long?.place ?? short;
  const limit = long?.startsAt ?? endAt;
  if (long && !sameWhereShort(short, long.place)) {
    throw archiveError('HEADERS_DISAGREE', path, 'its two end records disagree');
  }
  if (place.entries > MAX_ENTRIES || place.size > MAX_DIRECTORY) {
    throw archiveError('TOO_MANY_ENTRIES', path, `it has ${place.entries} entries`);
  }
  refuseGap(path, place, limit);
  return place;
}

function refuseGap(path: string, place: DirectoryPlace, limit: number): void {
  const gap = limit - (place.offset + place.size);
  if (gap > 0) {
    const what = `${gap} bytes more than its structures account for`;
    throw archiveError('PREPENDED_DATA', path, what, 'They may hold a second archive.');
  }
  if (gap < 0) throw archiveError('TRUNCATED', path, 'its directory does not fit into the file');
}

/** The ZIP64 end record and its locator, directly before the end record; undefined without. */
async function findDirectory64(
  file: FileHandle,
  path: string,
  endAt: number,
): Promise<{ place: DirectoryPlace; startsAt: number } | undefined> {
  const startsAt = endAt - LOCATOR64_SIZE - END64_SIZE;
  if (startsAt < 0) return undefined;
  const bytes = await readExactly(file, path, startsAt, END64_SIZE + LOCATOR64_SIZE);
  const locator = viewOf(bytes, END64_SIZE);
  if (locator.getUint32(0, true) !== SIGNATURE.locator64) return undefined;
  const end = viewOf(bytes);
  if (
    end.getUint32(0, true) !== SIGNATURE.end64 ||
    end.getBigUint64(4, true) !== BigInt(END64_SIZE - 12) ||
    locator.getBigUint64(8, true) !== BigInt(startsAt) ||
    end.getBigUint64(24, true) !== end.getBigUint64(32, true)
  ) {
    throw archiveError('MALFORMED', path, 'its ZIP64 end record is wrong');
  }
  const place = {
    entries: Number(end.getBigUint64(32, true)),
    size: Number(end.getBigUint64(40, true)),
    offset: Number(end.getBigUint64(48, true)),
  };
  return { place, startsAt };
}

function sameWhereShort(short: DirectoryPlace, long: DirectoryPlace): boolean {
  const same = (value: number, full: number, unknown: number) =>
    value === unknown || value === full;
  return (
    same(short.entries, long.entries, 0xffff) &&
    same(short.size, long.size, 0xffffffff) &&
    same(short.offset, long.offset, 0xffffffff)
  );
}

/** Tells a comment or appended bytes from a file that was cut or is not an archive. */
async function noEndAtTheEnd(file: FileHandle, path: string, tail: Buffer): Promise<Error> {
  const signature = Buffer.from('PK\x05\x06', 'latin1');
  const at = tail.lastIndexOf(signature);
  if (at !== -1 && at + END_SIZE <= tail.length) {
    const comment = tail.readUInt16LE(at + 20);
    const after = tail.length - at - END_SIZE;
    return comment === after
      ? archiveError('COMMENT', path, `it has a comment of ${comment} bytes`, 'Wheels have none.')
      : archiveError('TRAILING_DATA', path, `${after} bytes follow the end of the archive`);
  }
  const start = await readExactly(file, path, 0, 4);
  return start.readUInt32LE(0) === SIGNATURE.local
    ? archiveError('TRUNCATED', path, 'its end is missing')
    : archiveError('MALFORMED', path, 'it is not a ZIP file');
}
