import { malformed } from './byte-view.ts';
import type { ByteView } from './byte-view.ts';
import { fileOffset, PT_DYNAMIC } from './headers.ts';
import type { Section, Segment } from './headers.ts';
import { readVersionNeeds } from './symbol-versions.ts';
import type { VersionNeed } from './symbol-versions.ts';

/** What the dynamic loader is told by a file. */
export interface DynamicInfo {
  needed: readonly string[];
  soname?: string;
  /** Entries of DT_RPATH and DT_RUNPATH, split at the colons. */
  rpath: readonly string[];
  runpath: readonly string[];
  versionNeeds: readonly VersionNeed[];
  /** DT_TEXTREL, or DF_TEXTREL in DT_FLAGS: the loader must write into code. */
  textRelocations: boolean;
  /** Where the loader finds its tables, as file offsets. */
  tables: DynamicTables;
}

export interface DynamicTables {
  strings?: { offset: number; size: number };
  symbols?: number;
  hash?: number;
  gnuHash?: number;
  symbolVersions?: number;
  versionNeeds?: number;
}

const TAG = {
  needed: 1,
  hash: 4,
  strings: 5,
  symbols: 6,
  stringsSize: 10,
  soname: 14,
  rpath: 15,
  textRelocations: 22,
  runpath: 29,
  flags: 30,
  gnuHash: 0x6ffffef5,
  symbolVersions: 0x6ffffff0,
  versionNeeds: 0x6ffffffe,
} as const;
const DF_TEXTREL = 4;

/** Reads the table that PT_DYNAMIC points at; a file without one needs nothing. */
export function readDynamic(
  view: ByteView,
  segments: readonly Segment[],
  sections: readonly Section[],
): DynamicInfo {
  const entries = readEntries(view, segments);
  // Of two entries with one tag glibc takes the later.
  const valueOf = (tag: number): number | undefined =>
    entries.findLast(([key]) => key === tag)?.[1];
  const tables = locateTables(view, segments, sections, valueOf);
  const text = (offset: number): string => {
    const strings = tables.strings;
    if (!strings || offset >= strings.size) {
      throw malformed(view.name, 'a name in the dynamic table is beyond its string table');
    }
    return view.cString(strings.offset + offset, strings.offset + strings.size);
  };
  const texts = (tag: number): string[] =>
    entries.filter(([key]) => key === tag).map(([, value]) => text(value));
  const paths = (tag: number): string[] => texts(tag).flatMap((value) => value.split(':'));
  const soname = texts(TAG.soname).at(-1);
  return {
    needed: texts(TAG.needed),
    ...(soname === undefined ? {} : { soname }),
    rpath: paths(TAG.rpath),
    runpath: paths(TAG.runpath),
    versionNeeds:
      tables.versionNeeds === undefined ? [] : readVersionNeeds(view, tables.versionNeeds, text),
    textRelocations:
      valueOf(TAG.textRelocations) !== undefined ||
      Math.floor((valueOf(TAG.flags) ?? 0) / DF_TEXTREL) % 2 === 1,
    tables,
  };
}

/** Like glibc: at the loaded address, up to DT_NULL, whatever offset and size the segment states. */
function readEntries(view: ByteView, segments: readonly Segment[]): [tag: number, value: number][] {
  const dynamic = segments.findLast((segment) => segment.type === PT_DYNAMIC);
  if (!dynamic) return [];
  // Files that keep only debug information have a PT_DYNAMIC with no bytes behind it.
  if (dynamic.fileSize === 0) return [];
  const start = fileOffset(segments, dynamic.address) ?? dynamic.offset;
  view.require(start, dynamic.fileSize, 'the dynamic table');
  const word = view.is64 ? 8 : 4;
  const entries: [number, number][] = [];
  for (let at = start; at + 2 * word <= view.length; at += 2 * word) {
    const tag = view.word(at);
    if (tag === 0) break;
    entries.push([tag, view.word(at + word)]);
  }
  return entries;
}

function locateTables(
  view: ByteView,
  segments: readonly Segment[],
  sections: readonly Section[],
  valueOf: (tag: number) => number | undefined,
): DynamicTables {
  const locate = (tag: number): number | undefined => {
    const address = valueOf(tag);
    if (address === undefined) return undefined;
    const offset = fileOffset(segments, address);
    if (offset === undefined && sections.length === 0) {
      throw malformed(view.name, `dynamic tag ${tag} points outside the loaded file`);
    }
    return offset;
  };
  const strings = locate(TAG.strings);
  const size = valueOf(TAG.stringsSize) ?? 0;
  if (strings !== undefined) view.require(strings, size, 'the dynamic string table');
  const tables: DynamicTables = {};
  if (strings !== undefined) tables.strings = { offset: strings, size };
  const assign = (key: Exclude<keyof DynamicTables, 'strings'>): void => {
    const offset = locate(TAG[key]);
    if (offset !== undefined) tables[key] = offset;
  };
  assign('symbols');
  assign('hash');
  assign('gnuHash');
  assign('symbolVersions');
  assign('versionNeeds');
  return tables;
}
