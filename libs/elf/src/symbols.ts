import type { ByteView } from './byte-view.ts';
import type { ElfFile } from './elf-file.ts';
import { SHT_DYNSYM, SHT_SYMTAB } from './headers.ts';

/** A function that a symbol table names. The name is read when somebody asks. */
export class FunctionSymbol {
  readonly address: number;
  /** 0 where hand-written assembly gave no size. */
  readonly size: number;
  private readonly view: ByteView;
  private readonly nameAt: number;

  constructor(view: ByteView, address: number, size: number, nameAt: number) {
    this.view = view;
    this.address = address;
    this.size = size;
    this.nameAt = nameAt;
  }

  /** As it stands in the file, mangled. */
  get name(): string {
    return this.view.cString(this.nameAt);
  }
}

/** A symbol that another library has to provide. */
export interface Import {
  name: string;
  /** Where the symbol version names them. */
  library?: string;
  version?: string;
  weak: boolean;
}

interface Table {
  offset: number;
  count: number;
  strings: { offset: number; size: number };
}

const STT_NOTYPE = 0;
const STT_FUNC = 2;
const STT_GNU_IFUNC = 10;
const STB_WEAK = 2;

/** Whether it names its own functions, and not only those that others may call. */
export function hasSymbolTable(elf: ElfFile): boolean {
  return elf.sections.some(({ type, size }) => type === SHT_SYMTAB && size > 0);
}

/** Every function of .symtab and .dynsym that has code, by address; names at one address once. */
export function functionSymbols(elf: ElfFile): readonly FunctionSymbol[] {
  return definedSymbols(elf).functions;
}

/**
 * Every named place without a type, by address: hand-written assembly often gives its functions
 * none. Names that begin with `$` mark code and data on aarch64, and are not labels.
 */
export function labelSymbols(elf: ElfFile): readonly FunctionSymbol[] {
  return definedSymbols(elf).labels.filter(({ name }) => !name.startsWith('$'));
}

interface Defined {
  functions: readonly FunctionSymbol[];
  labels: readonly FunctionSymbol[];
}

/** Several ask for the symbols of a file, and it has tens of thousands. */
const known = new WeakMap<ElfFile, Defined>();

function definedSymbols(elf: ElfFile): Defined {
  const found = known.get(elf) ?? readDefined(elf);
  known.set(elf, found);
  return found;
}

function readDefined(elf: ElfFile): Defined {
  const functions = new Map<number, FunctionSymbol>();
  const labels = new Map<number, FunctionSymbol>();
  for (const table of symbolTables(elf)) {
    forEachSymbol(elf.view, table, (symbol) => {
      const isFunction = symbol.type === STT_FUNC || symbol.type === STT_GNU_IFUNC;
      if (!isFunction && symbol.type !== STT_NOTYPE) return;
      if (symbol.section === 0 || symbol.name === 0) return;
      // In an object file the value counts from the start of the symbol's section.
      const base = elf.type === 'rel' ? (elf.sections[symbol.section]?.offset ?? 0) : 0;
      const address = base + symbol.value;
      const found = isFunction ? functions : labels;
      const other = found.get(address);
      if (other && other.size >= symbol.size) return;
      const nameAt = table.strings.offset + symbol.name;
      found.set(address, new FunctionSymbol(elf.view, address, symbol.size, nameAt));
    });
  }
  return { functions: byAddress(functions), labels: byAddress(labels) };
}

function byAddress(found: ReadonlyMap<number, FunctionSymbol>): FunctionSymbol[] {
  return [...found.values()].sort((a, b) => a.address - b.address);
}

/** The undefined symbols that the dynamic loader resolves, with the library of their version. */
export function dynamicImports(elf: ElfFile): Import[] {
  const table = dynamicTable(elf);
  if (!table) return [];
  const versions = new Map<number, { library: string; version: string }>();
  for (const need of elf.versionNeeds) {
    for (const { index, name } of need.versions) {
      versions.set(index, { library: need.library, version: name });
    }
  }
  const imports: Import[] = [];
  const versym = elf.tables.symbolVersions;
  forEachSymbol(elf.view, table, (symbol, index) => {
    if (symbol.section !== 0 || symbol.name === 0) return;
    const version =
      versym === undefined ? undefined : versions.get(elf.view.u16(versym + 2 * index) & 0x7fff);
    imports.push({
      name: elf.view.cString(table.strings.offset + symbol.name),
      ...(version ?? {}),
      weak: symbol.binding === STB_WEAK,
    });
  });
  return imports;
}

function symbolTables(elf: ElfFile): Table[] {
  const tables = elf.sections
    .filter((section) => section.type === SHT_SYMTAB)
    .flatMap((section) => {
      const strings = elf.sections[section.link];
      const count = Math.floor(section.size / symbolSize(elf.view));
      return strings ? [{ offset: section.offset, count, strings }] : [];
    });
  const dynamic = dynamicTable(elf);
  return dynamic ? [...tables, dynamic] : tables;
}

/** .dynsym as the loader sees it; its length is known from the hash tables or the section. */
function dynamicTable(elf: ElfFile): Table | undefined {
  const { symbols, strings } = elf.tables;
  if (symbols === undefined || !strings) return undefined;
  const section = elf.sections.find(
    (entry) => entry.type === SHT_DYNSYM && entry.offset === symbols,
  );
  const bySection = section ? Math.floor(section.size / symbolSize(elf.view)) : 0;
  const room = Math.floor((elf.view.length - symbols) / symbolSize(elf.view));
  const count = Math.max(bySection, countByHash(elf));
  return { offset: symbols, count: Math.min(count, room), strings };
}

function countByHash(elf: ElfFile): number {
  const { hash, gnuHash } = elf.tables;
  if (hash !== undefined) return elf.view.u32(hash + 4);
  return gnuHash === undefined ? 0 : countByGnuHash(elf.view, gnuHash);
}

/** The highest symbol that a bucket's chain reaches, plus one; undefined symbols come before. */
function countByGnuHash(view: ByteView, table: number): number {
  const [buckets, firstHashed, bloomWords] = [
    view.u32(table),
    view.u32(table + 4),
    view.u32(table + 8),
  ];
  const bucketsAt = table + 16 + bloomWords * (view.is64 ? 8 : 4);
  view.require(bucketsAt, buckets * 4, 'the GNU hash table');
  let last = 0;
  for (let index = 0; index < buckets; index++)
    last = Math.max(last, view.u32(bucketsAt + index * 4));
  if (last < firstHashed) return firstHashed;
  const chains = bucketsAt + buckets * 4;
  while ((view.u32(chains + (last - firstHashed) * 4) & 1) === 0) last++;
  return last + 1;
}

interface RawSymbol {
  name: number;
  value: number;
  size: number;
  type: number;
  binding: number;
  section: number;
}

function symbolSize(view: ByteView): number {
  return view.is64 ? 24 : 16;
}

function forEachSymbol(
  view: ByteView,
  table: Table,
  visit: (symbol: RawSymbol, index: number) => void,
): void {
  const step = symbolSize(view);
  view.require(table.offset, table.count * step, 'a symbol table');
  const symbol: RawSymbol = { name: 0, value: 0, size: 0, type: 0, binding: 0, section: 0 };
  for (let index = 1; index < table.count; index++) {
    const at = table.offset + index * step;
    const wide = view.is64;
    const info = view.u8(at + (wide ? 4 : 12));
    symbol.name = view.u32(at);
    symbol.type = info & 15;
    symbol.binding = info >> 4;
    symbol.section = view.u16(at + (wide ? 6 : 14));
    symbol.value = view.word(at + (wide ? 8 : 4));
    symbol.size = view.word(at + (wide ? 16 : 8));
    visit(symbol, index);
  }
}
