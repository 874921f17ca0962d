import { parseElf } from '@vllm-cpu/elf/elf-file';
import type { ElfFile } from '@vllm-cpu/elf/elf-file';
import { SHT_NOBITS } from '@vllm-cpu/elf/headers';
import { VllmCpuError } from '@vllm-cpu/system/errors';

/** An ELF file that lies inside another file: in a static library, a tar, behind a shell script. */
export interface EmbeddedElf {
  /** Where it is: `vllm/libkernels.a at 0x44`. */
  name: string;
  bytes: Buffer;
}

const MAGIC = Buffer.from('\x7fELF', 'latin1');
const HEADER = 64;
/** So many unreadable ones are not an accident, and each of them costs time. */
const MAX_BROKEN = 16;

/** Looks for headers of ELF files in a file that comes in pieces. */
export class ElfSearch {
  found = false;
  private tail = Buffer.alloc(0);

  push(piece: Buffer): void {
    if (this.found) return;
    const seam = Buffer.concat([this.tail, piece.subarray(0, HEADER)]);
    this.found = nextHeader(seam, 0) >= 0 || nextHeader(piece, 0) >= 0;
    this.tail = Buffer.concat([this.tail, piece.subarray(-HEADER)]).subarray(-HEADER);
  }
}

/** Every ELF file inside `bytes`, one after the other; those inside another ELF file are its data. */
export function embeddedElfs(bytes: Buffer, name: string): EmbeddedElf[] {
  const found: EmbeddedElf[] = [];
  let broken = 0;
  for (let at = nextHeader(bytes, 0); at >= 0 && broken < MAX_BROKEN;) {
    const rest = bytes.subarray(at);
    const place = `${name} at 0x${at.toString(16)}`;
    const size = sizeOf(rest, place);
    found.push({ name: place, bytes: size === undefined ? rest : rest.subarray(0, size) });
    if (size === undefined) broken++;
    at = nextHeader(bytes, at + (size ?? MAGIC.length));
  }
  return found;
}

/** The next offset that has the magic and a whole header behind it, or -1. */
function nextHeader(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(MAGIC, from); at >= 0; at = bytes.indexOf(MAGIC, at + 1)) {
    if (isHeader(bytes.subarray(at, at + HEADER))) return at;
  }
  return -1;
}

/** The magic alone stands in programs that read ELF files; the rest of a header does not. */
function isHeader(bytes: Buffer): boolean {
  if (bytes.length < 52) return false;
  const isLittle = bytes[5] === 1;
  const half = (at: number): number => (isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const type = half(16);
  const headerSize = bytes[4] === 2 ? 64 : 52;
  const isKnown = (bytes[4] === 1 || bytes[4] === 2) && (isLittle || bytes[5] === 2);
  return isKnown && bytes[6] === 1 && type >= 1 && type <= 4 && bytes.length >= headerSize;
}

/** How far the file reaches that starts here; undefined where it cannot be read. */
function sizeOf(bytes: Buffer, name: string): number | undefined {
  try {
    return extentOf(parseElf(bytes, name));
  } catch (error) {
    if (error instanceof VllmCpuError) return undefined;
    throw error;
  }
}

function extentOf({ view, sections, segments }: ElfFile): number {
  const wide = view.is64;
  const table = view.word(wide ? 40 : 32) + sections.length * view.u16(wide ? 58 : 46);
  const ends = [
    ...sections
      .filter(({ type }) => type !== SHT_NOBITS && type !== 0)
      .map(({ offset, size }) => offset + size),
    ...segments.map(({ offset, fileSize }) => offset + fileSize),
  ];
  const end = ends.reduce((highest, each) => Math.max(highest, each), Math.max(table, HEADER));
  return Math.min(view.length, end);
}
