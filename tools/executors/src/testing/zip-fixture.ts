import { deflateRawSync, crc32 } from 'node:zlib';

/** One entry of a hand-made archive; every field of both headers can be a lie. */
export interface ZipEntry {
  name: string | Buffer;
  content?: string | Buffer;
  /** The bytes that lie in the file, when they are not what `method` makes of the content. */
  data?: Buffer;
  method?: number;
  /** Upper 16 bits of the external attributes: 0o100644, 0o120777 for a link. */
  mode?: number;
  flags?: number;
  crc?: number;
  size?: number;
  extra?: Buffer;
  comment?: string;
  /** Bytes written before the entry that no header mentions. */
  gap?: Buffer;
  /** A data descriptor after the data. */
  descriptor?: Buffer;
  /** Fields of the local header alone. */
  local?: { name?: string; crc?: number; size?: number; compressedSize?: number; method?: number };
}

export interface ZipFixture {
  entries: readonly ZipEntry[];
  prefix?: Buffer;
  suffix?: Buffer;
  comment?: string;
  /** Number of entries that the end record states. */
  count?: number;
}

/** The bytes of an archive, well-formed but for what the fixture says. */
export function makeZip(fixture: ZipFixture): Buffer {
  const parts: Buffer[] = [];
  const central: Buffer[] = [];
  let at = 0;
  const push = (part: Buffer): void => {
    parts.push(part);
    at += part.length;
  };
  for (const entry of fixture.entries) {
    if (entry.gap) push(entry.gap);
    const written = describe(entry);
    central.push(centralHeader(entry, written, at));
    push(localHeader(entry, written));
    push(written.data);
    if (entry.descriptor) push(entry.descriptor);
  }
  const directory = Buffer.concat(central);
  const offset = at;
  push(directory);
  push(endRecord(fixture, directory.length, offset));
  return Buffer.concat([
    fixture.prefix ?? Buffer.alloc(0),
    ...parts,
    fixture.suffix ?? Buffer.alloc(0),
  ]);
}

interface Written {
  name: Buffer;
  data: Buffer;
  method: number;
  flags: number;
  crc: number;
  size: number;
}

function describe(entry: ZipEntry): Written {
  const content = Buffer.from(entry.content ?? '');
  const method = entry.method ?? 8;
  return {
    name: Buffer.isBuffer(entry.name) ? entry.name : Buffer.from(entry.name),
    data: entry.data ?? (method === 8 ? deflateRawSync(content) : content),
    method,
    flags: entry.flags ?? 0,
    crc: entry.crc ?? crc32(content),
    size: entry.size ?? content.length,
  };
}

function localHeader(entry: ZipEntry, written: Written): Buffer {
  const name = entry.local?.name === undefined ? written.name : Buffer.from(entry.local.name);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  shared(header, 4, written);
  const { method, crc, size, compressedSize } = entry.local ?? {};
  if (method !== undefined) header.writeUInt16LE(method, 8);
  if (crc !== undefined) header.writeUInt32LE(crc, 14);
  if (compressedSize !== undefined) header.writeUInt32LE(compressedSize, 18);
  if (size !== undefined) header.writeUInt32LE(size, 22);
  header.writeUInt16LE(name.length, 26);
  const extra = entry.extra ?? Buffer.alloc(0);
  header.writeUInt16LE(extra.length, 28);
  return Buffer.concat([header, name, extra]);
}

function centralHeader(entry: ZipEntry, written: Written, offset: number): Buffer {
  const header = Buffer.alloc(46);
  const extra = entry.extra ?? Buffer.alloc(0);
  const comment = Buffer.from(entry.comment ?? '');
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE((3 << 8) | 20, 4);
  shared(header, 6, written);
  header.writeUInt16LE(written.name.length, 28);
  header.writeUInt16LE(extra.length, 30);
  header.writeUInt16LE(comment.length, 32);
  header.writeUInt32LE(((entry.mode ?? 0o100644) << 16) >>> 0, 38);
  header.writeUInt32LE(offset, 42);
  return Buffer.concat([header, written.name, extra, comment]);
}

function shared(header: Buffer, at: number, written: Written): void {
  header.writeUInt16LE(20, at);
  header.writeUInt16LE(written.flags, at + 2);
  header.writeUInt16LE(written.method, at + 4);
  header.writeUInt16LE(0x21, at + 8);
  header.writeUInt32LE(written.crc, at + 10);
  header.writeUInt32LE(written.data.length, at + 14);
  header.writeUInt32LE(written.size, at + 18);
}

function endRecord(fixture: ZipFixture, size: number, offset: number): Buffer {
  const comment = Buffer.from(fixture.comment ?? '');
  const count = fixture.count ?? fixture.entries.length;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([end, comment]);
}
