import { createHash } from 'node:crypto';
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { sha256File } from '@vllm-cpu/system/digest';
import { makeFolder } from '@vllm-cpu/system/writable-folder';
import { compressed, type MemberContent } from './member-content.ts';
import { formatRecord, formatRecordHash, type RecordLine } from '../metadata/record.ts';
import { DEFLATED } from './zip-format.ts';
import {
  dosTime,
  formatCentralHeader,
  formatEnd,
  formatLocalHeader,
  type DosTime,
  type WrittenEntry,
} from './zip-write-format.ts';

export interface WheelMember {
  name: string;
  /** 0755 instead of 0644. */
  executable: boolean;
  content: MemberContent;
}

export interface WrittenWheel {
  path: string;
  /** Of the file, hexadecimal. */
  sha256: string;
  /** Bytes of the file. */
  size: number;
}

const LIMIT_32 = 0xffffffff;
const LIMIT_ENTRIES = 0xfffe;

/**
 * Writes a wheel, the same bytes for the same members in any order, on any machine, in any time
 * zone: members sorted by bytes, .dist-info after everything else (PEP 427), RECORD made here and
 * last. `path` appears only when it is whole. Memory: a few MiB.
 * @param sourceDateEpoch seconds since 1970 UTC, every member's time.
 * @throws VllmCpuError WHEEL_TOO_LARGE, WHEEL_MEMBER_TWICE
 */
export async function writeWheel(
  path: string,
  members: readonly WheelMember[],
  distInfo: string,
  sourceDateEpoch: number,
): Promise<WrittenWheel> {
  const ordered = inWheelOrder(members, distInfo);
  const moment = dosTime(sourceDateEpoch);
  const fresh = `${path}.${process.pid}.tmp`;
  await makeFolder(dirname(path));
  try {
    const file = await open(fresh, 'w', 0o644);
    try {
      const writer = { file, at: 0, moment, entries: [] as WrittenEntry[] };
      const lines: RecordLine[] = [];
      for (const member of ordered) lines.push(await addMember(writer, member));
      const recordName = `${distInfo}/RECORD`;
      const content = Buffer.from(formatRecord(lines, recordName));
      await addMember(writer, { name: recordName, executable: false, content });
      await addDirectory(writer);
      await file.chmod(0o644);
      await file.sync();
    } finally {
      await file.close();
    }
    const sha256 = await sha256File(fresh);
    const { size } = await stat(fresh);
    await rename(fresh, path);
    return { path, sha256, size };
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}

interface Writer {
  file: FileHandle;
  /** Next byte to write. */
  at: number;
  moment: DosTime;
  entries: WrittenEntry[];
}

function inWheelOrder(members: readonly WheelMember[], distInfo: string): WheelMember[] {
  const late = (name: string) => (name.startsWith(`${distInfo}/`) ? 1 : 0);
  const ordered = members
    .filter((member) => member.name !== `${distInfo}/RECORD`)
    .sort(
      (a, b) =>
        late(a.name) - late(b.name) || Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)),
    );
  const twice = ordered.find((member, index) => ordered[index + 1]?.name === member.name);
  if (!twice) return ordered;
  throw new VllmCpuError({
    code: 'WHEEL_MEMBER_TWICE',
    what: `duplicate file ${twice.name} in the wheel`,
    next: 'Report this as a bug and name the release. The wheel was not written.',
  });
}

async function addMember(writer: Writer, member: WheelMember): Promise<RecordLine> {
  const { name, executable } = member;
  const localOffset = writer.at;
  const entry: WrittenEntry = {
    name,
    executable,
    method: DEFLATED,
    crc: 0,
    compressedSize: 0,
    size: 0,
    localOffset,
  };
  writer.at += formatLocalHeader(entry, writer.moment).length;
  const dataOffset = writer.at;
  const hash = createHash('sha256');
  const seen = async function* (source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of source) {
      hash.update(piece);
      entry.crc = crc32(piece, entry.crc);
      entry.size += piece.length;
      yield piece;
    }
  };
  for await (const chunk of compressed(member.content, entry, seen)) {
    await append(writer, chunk);
  }
  entry.compressedSize = writer.at - dataOffset;
  if (writer.at > LIMIT_32 || entry.size > LIMIT_32) throw tooLarge();
  // Now that crc and sizes are known; so no data descriptor, which the package index refuses.
  await writeAt(writer.file, formatLocalHeader(entry, writer.moment), localOffset);
  writer.entries.push(entry);
  return { path: name, hash: formatRecordHash(hash.digest()), size: entry.size };
}

async function addDirectory(writer: Writer): Promise<void> {
  const start = writer.at;
  if (writer.entries.length > LIMIT_ENTRIES) throw tooLarge();
  const headers = writer.entries.map((entry) => formatCentralHeader(entry, writer.moment));
  await append(writer, Buffer.concat(headers));
  if (writer.at > LIMIT_32) throw tooLarge();
  await append(writer, formatEnd(headers.length, writer.at - start, start));
}

async function append(writer: Writer, bytes: Uint8Array): Promise<void> {
  await writeAt(writer.file, bytes, writer.at);
  writer.at += bytes.length;
}

async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

function tooLarge(): VllmCpuError {
  return new VllmCpuError({
    code: 'WHEEL_TOO_LARGE',
    what: 'the wheel would exceed 4 GiB or 65,534 files',
    why: 'Package indexes do not accept such a file, so ZIP64 is not supported.',
    next: 'Look for unexpected files in the compiled wheel.',
  });
}
