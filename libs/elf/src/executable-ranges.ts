import type { ElfFile } from './elf-file.ts';
import { PT_LOAD, SHT_NOBITS } from './headers.ts';

/** File bytes that the loader makes executable. */
export interface ExecutableRange {
  /** The section's name, or `segment <n>` where no section covers the bytes. */
  section: string;
  address: number;
  offset: number;
  size: number;
}

interface Span {
  start: number;
  end: number;
}

/**
 * What a file can execute, by file offset: the sections that are marked executable, and whatever an
 * executable segment loads beyond them. A section table can be stripped or lie; segments cannot.
 * Sections that are not marked executable but lie in an executable segment (headers and .rodata of
 * older linkers) are data by their table: `dataInSegments` has them.
 */
export function executableRanges(elf: ElfFile): ExecutableRange[] {
  const marked = elf.sections.filter(
    (section) => section.executable && section.type !== SHT_NOBITS && section.size > 0,
  );
  const ranges: ExecutableRange[] = marked.map((section) => ({
    section: section.name || `section ${section.index}`,
    address: elf.type === 'rel' ? section.offset : section.address,
    offset: section.offset,
    size: section.size,
  }));
  const covered = elf.sections
    .filter((section) => section.type !== SHT_NOBITS && section.type !== 0 && section.size > 0)
    .map((section) => ({ start: section.offset, end: section.offset + section.size }));
  return [...withoutOverlaps(ranges), ...uncovered(elf, covered)];
}

/** Sections of data that an executable segment loads: executable memory, but not code by intent. */
export function dataInSegments(elf: ElfFile): ExecutableRange[] {
  const executable = elf.segments.filter(
    (segment) => segment.type === PT_LOAD && segment.executable,
  );
  const data = elf.sections
    .filter((section) => !section.executable && section.size > 0 && section.type !== SHT_NOBITS)
    .filter((section) =>
      executable.some(
        ({ offset, fileSize }) =>
          section.offset >= offset && section.offset + section.size <= offset + fileSize,
      ),
    )
    .map(({ name, address, offset, size }) => ({ section: name, address, offset, size }));
  return withoutOverlaps(data);
}

/** Two sections over the same bytes would count them twice; a hostile table has thousands. */
function withoutOverlaps(ranges: ExecutableRange[]): ExecutableRange[] {
  const sorted = [...ranges].sort((a, b) => a.offset - b.offset || b.size - a.size);
  const kept: ExecutableRange[] = [];
  let end = 0;
  for (const range of sorted) {
    const skip = Math.max(0, end - range.offset);
    if (skip >= range.size) continue;
    kept.push({
      ...range,
      address: range.address + skip,
      offset: range.offset + skip,
      size: range.size - skip,
    });
    end = range.offset + range.size;
  }
  return kept;
}

/** Segments are mapped in whole pages: what else of the file lies in them is executable as well. */
const PAGE = 4096;

/** The parts of executable segments that no section describes, without the ELF headers. */
function uncovered(elf: ElfFile, sections: Span[]): ExecutableRange[] {
  const headers: Span[] = headerSpans(elf);
  const taken = [...sections, ...headers].sort((a, b) => a.start - b.start);
  const found: ExecutableRange[] = [];
  elf.segments.forEach((segment, index) => {
    if (segment.type !== PT_LOAD || !segment.executable) return;
    const unused = (PAGE - ((segment.address + segment.fileSize) % PAGE)) % PAGE;
    const end = Math.min(segment.offset + segment.fileSize + unused, elf.view.length);
    const add = (start: number, stop: number): void => {
      if (stop <= start || isZero(elf.view.bytes, start, stop)) return;
      found.push({
        section: `segment ${index}`,
        address: segment.address + (start - segment.offset),
        offset: start,
        size: stop - start,
      });
    };
    let at = Math.max(0, segment.offset - (segment.address % PAGE));
    for (const span of taken) {
      if (span.end <= at) continue;
      if (span.start >= end) break;
      add(at, Math.min(span.start, end));
      at = Math.max(at, span.end);
    }
    add(at, end);
  });
  return withoutOverlaps(found);
}

function headerSpans(elf: ElfFile): Span[] {
  const wide = elf.class === 64;
  const view = elf.view;
  const segments = view.word(wide ? 32 : 28);
  const segmentTable = view.u16(wide ? 54 : 42) * view.u16(wide ? 56 : 44);
  return [
    { start: 0, end: wide ? 64 : 52 },
    { start: segments, end: segments + segmentTable },
  ];
}

/** Padding between sections. */
function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] !== 0) return false;
  return true;
}
