import type { ByteView } from './byte-view.ts';
import type { ElfFile } from './elf-file.ts';
import { fileOffset, PT_GNU_EH_FRAME } from './headers.ts';

/** The address range of one function as the unwinder knows it; stripping keeps these. */
export interface FrameRange {
  address: number;
  size: number;
}

interface Encoded {
  value: number;
  next: number;
}

/** DW_EH_PE_*: the format in the low four bits, the base in the next three. */
const OMIT = 0xff;
const PC_RELATIVE = 0x10;
const INDIRECT = 0x80;

/**
 * The functions that .eh_frame describes, by address. Source: LSB, "Exception frames"; DWARF 5, 6.4.
 * An object file's are not yet relocated, so it has none here.
 */
export function frameRanges(elf: ElfFile): FrameRange[] {
  if (elf.type === 'rel') return [];
  const frame = locate(elf);
  if (!frame) return [];
  const view = elf.view;
  const encodings = new Map<number, number | undefined>();
  const ranges: FrameRange[] = [];
  let at = frame.offset;
  const end = frame.offset + frame.size;
  while (at + 8 <= end) {
    const length = view.u32(at);
    if (length === 0) {
      at += 4; // A terminator; linkers may join several tables.
      continue;
    }
    // 64-bit lengths exist in the standard, and in no file that a linker wrote.
    if (length === 0xffffffff || length < 4) break;
    const idAt = at + 4;
    const next = idAt + length;
    if (next > end) break;
    const id = view.u32(idAt);
    if (id === 0) encodings.set(at, pointerEncoding(view, idAt + 4, next));
    else {
      const range = readRange(view, frame, idAt + 4, encodings.get(idAt - id));
      if (range && range.size > 0) ranges.push(range);
    }
    at = next;
  }
  return ranges.sort((a, b) => a.address - b.address);
}

interface Frame {
  address: number;
  offset: number;
  size: number;
}

/** By the section, or, where the section table was stripped, by the unwinder's search table. */
function locate(elf: ElfFile): Frame | undefined {
  const section = elf.sections.find((entry) => entry.name === '.eh_frame' && entry.size > 0);
  if (section) return { address: section.address, offset: section.offset, size: section.size };
  const header = elf.segments.find((segment) => segment.type === PT_GNU_EH_FRAME);
  if (!header || header.fileSize < 8 || elf.view.u8(header.offset) !== 1) return undefined;
  const pointer = encoded(
    elf.view,
    header.offset + 4,
    elf.view.u8(header.offset + 1),
    header.address + 4,
  );
  const offset = pointer && fileOffset(elf.segments, pointer.value);
  if (!pointer || offset === undefined) return undefined;
  const segment = elf.segments.find(
    (entry) => entry.type === 1 && offset >= entry.offset && offset < entry.offset + entry.fileSize,
  );
  if (!segment) return undefined;
  return { address: pointer.value, offset, size: segment.offset + segment.fileSize - offset };
}

/** The FDE pointer encoding out of a CIE: the R of its augmentation. */
function pointerEncoding(view: ByteView, start: number, end: number): number | undefined {
  const version = view.u8(start);
  const augmentation = view.cString(start + 1, end);
  if (augmentation === '') return 0;
  if (!augmentation.startsWith('z')) return undefined;
  let at = start + 1 + augmentation.length + 1;
  if (version >= 4) at += 2;
  at = skipLeb(view, at, end); // code alignment
  at = skipLeb(view, at, end); // data alignment
  at = version === 1 ? at + 1 : skipLeb(view, at, end); // return address register
  at = skipLeb(view, at, end); // length of the augmentation data
  for (const letter of augmentation.slice(1)) {
    if (letter === 'R') return view.u8(at);
    if (letter === 'L') at += 1;
    else if (letter === 'P') {
      const personality = encoded(view, at + 1, view.u8(at), 0);
      if (!personality) return undefined;
      at = personality.next;
    } else if (letter !== 'S' && letter !== 'B') return undefined;
  }
  return 0;
}

function skipLeb(view: ByteView, start: number, end: number): number {
  let at = start;
  while (at < end && view.u8(at) >= 0x80) at++;
  return at + 1;
}

function readRange(
  view: ByteView,
  frame: Frame,
  at: number,
  encoding: number | undefined,
): FrameRange | undefined {
  if (encoding === undefined) return undefined;
  const start = encoded(view, at, encoding, frame.address + (at - frame.offset));
  if (!start) return undefined;
  // The range has the format of the address, and is always absolute and unsigned.
  const size = encoded(view, start.next, encoding & 0x07, 0);
  return size ? { address: start.value, size: size.value } : undefined;
}

/** Reads one encoded pointer that stands at the loaded address `here`. */
function encoded(view: ByteView, at: number, encoding: number, here: number): Encoded | undefined {
  if (encoding === OMIT || (encoding & INDIRECT) !== 0) return skipIndirect(view, at, encoding);
  const base = encoding & 0x70;
  if (base !== 0 && base !== PC_RELATIVE) return undefined;
  const offset = base === PC_RELATIVE ? here : 0;
  switch (encoding & 0x0f) {
    case 0x00:
      return { value: offset + view.word(at), next: at + (view.is64 ? 8 : 4) };
    case 0x02:
      return { value: offset + view.u16(at), next: at + 2 };
    case 0x03:
      return { value: offset + view.u32(at), next: at + 4 };
    case 0x04:
      return { value: offset + view.u64(at), next: at + 8 };
    case 0x0b:
      return { value: offset + view.i32(at), next: at + 4 };
    case 0x0c:
      return { value: offset + view.i64(at), next: at + 8 };
    default:
      return undefined;
  }
}

/** A personality routine is often indirect; only its length matters here. */
function skipIndirect(view: ByteView, at: number, encoding: number): Encoded | undefined {
  if (encoding === OMIT) return { value: 0, next: at };
  return encoded(view, at, encoding & ~INDIRECT, 0);
}
