import { open, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib';
import { readExactly } from './archive-directory.ts';
import { readEntries, type ArchiveEntry } from './archive-entries.ts';
import { archiveError, shownName } from './archive-error.ts';
import { checkLocalHeaders } from './archive-locals.ts';

export type { ArchiveEntry } from './archive-entries.ts';

/**
 * A ZIP file whose structure was checked when it was opened; contents are read on demand and
 * checked (size, CRC) as they are read. Memory stays at a few MiB beside what the caller keeps.
 */
export interface Archive {
  readonly path: string;
  /** Bytes of the file. */
  readonly fileSize: number;
  /** In the order of the central directory. */
  readonly entries: readonly ArchiveEntry[];
  find(name: string): ArchiveEntry | undefined;
  /** @throws VllmCpuError ARCHIVE_ENTRY_MISSING */
  get(name: string): ArchiveEntry;
  /** The content in pieces of at most 1 MiB. @throws VllmCpuError ARCHIVE_CRC, _SIZE, _DEFLATE */
  chunks(entry: ArchiveEntry): AsyncGenerator<Buffer>;
  /** The whole content. @throws also ARCHIVE_ENTRY_TOO_LARGE above `limit` bytes (1 GiB). */
  read(entry: ArchiveEntry, limit?: number): Promise<Buffer>;
  /** A small text file. @throws also ARCHIVE_ENTRY_MISSING, ARCHIVE_NAME_ENCODING */
  readText(name: string): Promise<string>;
  /** The data as it lies in the file, compressed or not, unchecked. */
  rawChunks(entry: ArchiveEntry): AsyncGenerator<Buffer>;
  close(): Promise<void>;
}

const CHUNK = 1024 * 1024;
const READ_LIMIT = 1024 * CHUNK;
const TEXT_LIMIT = 32 * CHUNK;

/**
 * Opens an archive and checks its structure.
 * @throws VllmCpuError ARCHIVE_*, one code per fault; see ArchiveFault.
 */
async function openArchive(path: string): Promise<Archive> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw archiveError('NOT_READABLE', path, 'it cannot be opened', String(cause), cause);
  });
  try {
    const status = await file.stat();
    if (!status.isFile()) throw archiveError('NOT_READABLE', path, 'it is not a file');
    const { entries, directoryOffset } = await readEntries(file, path, status.size);
    const offsets = await checkLocalHeaders(file, path, entries, directoryOffset);
    return archiveOf(file, path, status.size, entries, offsets);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Opens an archive for the duration of `action`. */
export async function withArchive<Result>(
  path: string,
  action: (archive: Archive) => Promise<Result>,
): Promise<Result> {
  const archive = await openArchive(path);
  try {
    return await action(archive);
  } finally {
    await archive.close();
  }
}

function archiveOf(
  file: FileHandle,
  path: string,
  fileSize: number,
  entries: readonly ArchiveEntry[],
  offsets: ReadonlyMap<ArchiveEntry, number>,
): Archive {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const get = (name: string) => {
    const entry = byName.get(name);
    if (!entry) throw archiveError('ENTRY_MISSING', path, `it has no ${shownName(name)}`);
    return entry;
  };
  async function* rawChunks(entry: ArchiveEntry): AsyncGenerator<Buffer> {
    const start = offsets.get(entry) ?? 0;
    for (let done = 0; done < entry.compressedSize; done += CHUNK) {
      const length = Math.min(CHUNK, entry.compressedSize - done);
      yield await readExactly(file, path, start + done, length);
    }
  }
  const chunks = (entry: ArchiveEntry) => checked(path, entry, rawChunks(entry));
  const read = async (entry: ArchiveEntry, limit = READ_LIMIT): Promise<Buffer> => {
    if (entry.size > limit) {
      const what = `${shownName(entry.name)} has ${entry.size} bytes, more than ${limit}`;
      throw archiveError('ENTRY_TOO_LARGE', path, what);
    }
    const content = Buffer.alloc(entry.size);
    let at = 0;
    for await (const chunk of chunks(entry)) at += chunk.copy(content, at);
    return content;
  };
  const readText = async (name: string): Promise<string> => {
    const bytes = await read(get(name), TEXT_LIMIT);
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch (cause) {
      const what = `${shownName(name)} is not UTF-8`;
      throw archiveError('NAME_ENCODING', path, what, undefined, cause);
    }
  };
  const find = (name: string) => byName.get(name);
  const close = () => file.close();
  return { path, fileSize, entries, find, get, chunks, read, readText, rawChunks, close };
}

/** Unpacks `raw`, stopping at the first byte too many, and compares size and CRC at the end. */
async function* checked(
  path: string,
  entry: ArchiveEntry,
  raw: AsyncGenerator<Buffer>,
): AsyncGenerator<Buffer> {
  let size = 0;
  let crc = 0;
  for await (const chunk of unpacked(path, entry, raw)) {
    size += chunk.length;
    if (size > entry.size) break;
    crc = crc32(chunk, crc);
    yield chunk;
  }
  const shown = shownName(entry.name);
  if (size !== entry.size) {
    const states = `${shown} states ${entry.size} bytes and has ${size < entry.size ? size : 'more'}`;
    throw archiveError('SIZE', path, states);
  }
  if (crc !== entry.crc32) throw archiveError('CRC', path, `the content of ${shown} is damaged`);
}

function unpacked(
  path: string,
  entry: ArchiveEntry,
  raw: AsyncGenerator<Buffer>,
): AsyncGenerator<Buffer> {
  if (entry.method === 'stored') return raw;
  const small = entry.size <= CHUNK && entry.compressedSize <= CHUNK;
  return small ? inflatedAtOnce(path, entry, raw) : inflated(path, entry, raw);
}

/** A wheel has thousands of small files: a stream for each costs more than its content. */
async function* inflatedAtOnce(
  path: string,
  entry: ArchiveEntry,
  raw: AsyncGenerator<Buffer>,
): AsyncGenerator<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of raw) parts.push(chunk);
  // Room for one byte too many: all of an honest entry comes in one piece.
  const chunkSize = Math.max(64, entry.size + 1);
  const options = { chunkSize, maxOutputLength: Math.max(1, entry.size), info: true } as const;
  let result: { buffer: Buffer; engine: { bytesWritten: number } };
  try {
    result = inflateRawSync(Buffer.concat(parts), options) as unknown as typeof result;
  } catch (cause) {
    const shown = shownName(entry.name);
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      const what = `${shown} states ${entry.size} bytes and has more`;
      throw archiveError('SIZE', path, what, undefined, cause);
    }
    const what = `the data of ${shown} cannot be unpacked`;
    throw archiveError('DEFLATE', path, what, String(cause), cause);
  }
  yield result.buffer;
  if (result.engine.bytesWritten !== entry.compressedSize) throw hiddenData(path, entry);
}

function hiddenData(path: string, entry: ArchiveEntry) {
  const what = `${shownName(entry.name)} has bytes after the end of its data`;
  return archiveError('HIDDEN_DATA', path, what);
}

async function* inflated(
  path: string,
  entry: ArchiveEntry,
  raw: AsyncGenerator<Buffer>,
): AsyncGenerator<Buffer> {
  const inflate = createInflateRaw({ chunkSize: CHUNK });
  const source = Readable.from(raw, { highWaterMark: 1 });
  source.on('error', (error) => inflate.destroy(error));
  try {
    for await (const chunk of source.pipe(inflate)) yield chunk as Buffer;
  } catch (cause) {
    const what = `the data of ${shownName(entry.name)} cannot be unpacked`;
    throw archiveError('DEFLATE', path, what, String(cause), cause);
  } finally {
    source.destroy();
    inflate.destroy();
  }
  if (inflate.bytesWritten !== entry.compressedSize) throw hiddenData(path, entry);
}
