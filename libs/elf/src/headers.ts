import { malformed } from './byte-view.ts';
import type { ByteView } from './byte-view.ts';

export const SHT_SYMTAB = 2;
export const SHT_NOBITS = 8;
export const SHT_DYNSYM = 11;
export const PT_LOAD = 1;
export const PT_DYNAMIC = 2;
export const PT_GNU_EH_FRAME = 0x6474e550;
export const PT_GNU_STACK = 0x6474e551;
const SHF_EXECINSTR = 4;

/** One entry of the section table; offset and size are file bytes, address is where it is loaded. */
export interface Section {
  index: number;
  name: string;
  type: number;
  flags: number;
  address: number;
  offset: number;
  size: number;
  link: number;
  entrySize: number;
  /** SHF_EXECINSTR is set. */
  executable: boolean;
}

/** One entry of the program header table. */
export interface Segment {
  type: number;
  executable: boolean;
  writable: boolean;
  offset: number;
  address: number;
  fileSize: number;
  /** A power of two, or 0 and 1 for none. */
  alignment: number;
}

/** Reads the section table; empty when it was stripped. */
export function readSections(view: ByteView): Section[] {
  const wide = view.is64;
  const table = view.word(wide ? 40 : 32);
  if (table === 0) return [];
  const entrySize = view.u16(wide ? 58 : 46);
  const minimum = wide ? 64 : 40;
  if (entrySize < minimum) throw malformed(view.name, `section entries of ${entrySize} bytes`);
  // From 0xff00 sections on, the numbers stand in section 0 (gABI, "Extended section numbering").
  const [count16, names16] = [view.u16(wide ? 60 : 48), view.u16(wide ? 62 : 50)];
  view.require(table, minimum, 'the section table');
  const count = count16 === 0 ? view.word(table + (wide ? 32 : 20)) : count16;
  const names = names16 === 0xffff ? view.u32(table + (wide ? 40 : 24)) : names16;
  view.require(table, count * entrySize, 'the section table');
  const raw: Omit<Section, 'name'>[] = [];
  const nameOffsets: number[] = [];
  for (let index = 0; index < count; index++) {
    const at = table + index * entrySize;
    nameOffsets.push(view.u32(at));
    raw.push(readSection(view, at, index));
  }
  const strings = raw[names];
  return raw.map((section, index) => ({
    ...section,
    name: strings && strings.size > 0 ? sectionName(view, strings, nameOffsets[index] ?? 0) : '',
  }));
}

function readSection(view: ByteView, at: number, index: number): Omit<Section, 'name'> {
  const wide = view.is64;
  const flags = view.word(at + 8);
  const section = {
    index,
    type: view.u32(at + 4),
    flags,
    address: view.word(at + (wide ? 16 : 12)),
    offset: view.word(at + (wide ? 24 : 16)),
    size: view.word(at + (wide ? 32 : 20)),
    link: view.u32(at + (wide ? 40 : 24)),
    entrySize: view.word(at + (wide ? 56 : 36)),
    executable: Math.floor(flags / SHF_EXECINSTR) % 2 === 1,
  };
  if (section.type !== SHT_NOBITS && section.type !== 0) {
    view.require(section.offset, section.size, `section ${index}`);
  }
  return section;
}

function sectionName(view: ByteView, strings: Omit<Section, 'name'>, offset: number): string {
  if (offset >= strings.size) throw malformed(view.name, 'a section name beyond the name table');
  return view.cString(strings.offset + offset, strings.offset + strings.size);
}

/** Linkers write about a dozen. */
const MAX_SEGMENTS = 512;

/** Reads the program header table, which is what the kernel and the dynamic loader go by. */
export function readSegments(view: ByteView): Segment[] {
  const wide = view.is64;
  const table = view.word(wide ? 32 : 28);
  const count = view.u16(wide ? 56 : 44);
  if (table === 0 || count === 0) return [];
  if (count > MAX_SEGMENTS) throw malformed(view.name, `${count} program headers`);
  const entrySize = view.u16(wide ? 54 : 42);
  if (entrySize < (wide ? 56 : 32))
    throw malformed(view.name, `program headers of ${entrySize} bytes`);
  view.require(table, count * entrySize, 'the program header table');
  const segments: Segment[] = [];
  for (let index = 0; index < count; index++) {
    const at = table + index * entrySize;
    const flags = view.u32(at + (wide ? 4 : 24));
    const segment = {
      type: view.u32(at),
      executable: (flags & 1) !== 0,
      writable: (flags & 2) !== 0,
      offset: view.word(at + (wide ? 8 : 4)),
      address: view.word(at + (wide ? 16 : 8)),
      fileSize: view.word(at + (wide ? 32 : 16)),
      alignment: view.word(at + (wide ? 48 : 28)),
    };
    if (segment.type === PT_LOAD)
      view.require(segment.offset, segment.fileSize, `segment ${index}`);
    segments.push(segment);
  }
  return segments;
}

/**
 * The file offset of a loaded address, or undefined where no file bytes stand behind it. Of segments
 * that overlap the later one is mapped over the others.
 */
export function fileOffset(segments: readonly Segment[], address: number): number | undefined {
  const segment = segments.findLast(
    (each) =>
      each.type === PT_LOAD && address >= each.address && address < each.address + each.fileSize,
  );
  return segment && segment.offset + (address - segment.address);
}
