import { CENTRAL_SIZE, END_SIZE, LOCAL_SIZE, SIGNATURE } from './zip-format.ts';

/** What both headers of a written entry state. */
export interface WrittenEntry {
  name: string;
  executable: boolean;
  method: number;
  crc: number;
  compressedSize: number;
  size: number;
  localOffset: number;
}

/** Version 2.0: folders and deflate. */
const VERSION = 20;
const MADE_ON_UNIX = 3 << 8;
const UTF8 = 1 << 11;
const REGULAR_FILE = 0o100000;

/** A moment as ZIP headers store it: local time of nowhere, two-second steps, 1980 to 2107. */
export interface DosTime {
  date: number;
  time: number;
}

/** `seconds` since 1970 UTC. Taken as UTC whatever the machine's time zone is; clamped to 1980. */
export function dosTime(seconds: number): DosTime {
  const moment = new Date(Math.max(seconds, Date.UTC(1980, 0, 1) / 1000) * 1000);
  const year = Math.min(moment.getUTCFullYear(), 2107) - 1980;
  return {
    date: (year << 9) | ((moment.getUTCMonth() + 1) << 5) | moment.getUTCDate(),
    time:
      (moment.getUTCHours() << 11) | (moment.getUTCMinutes() << 5) | (moment.getUTCSeconds() >> 1),
  };
}

export function formatLocalHeader(entry: WrittenEntry, moment: DosTime): Buffer {
  const name = Buffer.from(entry.name);
  const header = Buffer.alloc(LOCAL_SIZE);
  header.writeUInt32LE(SIGNATURE.local, 0);
  writeShared(header, 4, entry, moment, name.length);
  return Buffer.concat([header, name]);
}

export function formatCentralHeader(entry: WrittenEntry, moment: DosTime): Buffer {
  const name = Buffer.from(entry.name);
  const header = Buffer.alloc(CENTRAL_SIZE);
  header.writeUInt32LE(SIGNATURE.central, 0);
  header.writeUInt16LE(MADE_ON_UNIX | VERSION, 4);
  writeShared(header, 6, entry, moment, name.length);
  const mode = REGULAR_FILE | (entry.executable ? 0o755 : 0o644);
  header.writeUInt32LE((mode << 16) >>> 0, 38);
  header.writeUInt32LE(entry.localOffset, 42);
  return Buffer.concat([header, name]);
}

export function formatEnd(entries: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(END_SIZE);
  end.writeUInt32LE(SIGNATURE.end, 0);
  end.writeUInt16LE(entries, 8);
  end.writeUInt16LE(entries, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return end;
}

/** The fields that both headers have in the same order, from "version needed" on. */
function writeShared(
  header: Buffer,
  at: number,
  entry: WrittenEntry,
  moment: DosTime,
  nameLength: number,
): void {
  header.writeUInt16LE(VERSION, at);
  header.writeUInt16LE(/^[\x20-\x7e]*$/.test(entry.name) ? 0 : UTF8, at + 2);
  header.writeUInt16LE(entry.method, at + 4);
  header.writeUInt16LE(moment.time, at + 6);
  header.writeUInt16LE(moment.date, at + 8);
  header.writeUInt32LE(entry.crc, at + 10);
  header.writeUInt32LE(entry.compressedSize, at + 14);
  header.writeUInt32LE(entry.size, at + 18);
  header.writeUInt16LE(nameLength, at + 22);
}
