import { frameRanges } from '@vllm-cpu/elf/eh-frame';
import type { ElfFile } from '@vllm-cpu/elf/elf-file';
import { dataInSegments, executableRanges } from '@vllm-cpu/elf/executable-ranges';
import type { ExecutableRange } from '@vllm-cpu/elf/executable-ranges';
import { functionSymbols, labelSymbols } from '@vllm-cpu/elf/symbols';
import type { FunctionSymbol } from '@vllm-cpu/elf/symbols';
import { hexAddress } from './scan-result.ts';

/** Bytes to judge, as file offsets; `range` says where they are loaded. */
export interface CodeRegion {
  range: ExecutableRange;
  start: number;
  end: number;
  /**
   * function: a symbol or an unwind entry covers it; gap: nothing says that it is code; data: a
   * section that is not marked executable, in a segment that is.
   */
  kind: 'function' | 'gap' | 'data';
  symbol?: FunctionSymbol;
  /** Of a gap: the untyped labels in it, by address. */
  labels?: readonly FunctionSymbol[];
}

/** The loaded address of a file offset in `region`. */
export function loadedAddress(region: CodeRegion, offset: number): number {
  return region.range.address + (offset - region.range.offset);
}

/**
 * The symbol's name, mangled as it stands in the file, or where the function starts. Of a place in a
 * gap the last label before it, which is how hand-written assembly names functions.
 */
export function nameOf(region: CodeRegion, offset = region.start): string {
  if (region.symbol) return region.symbol.name;
  const place = loadedAddress(region, offset);
  const label = region.labels?.findLast(({ address }) => address <= place);
  if (label) return label.name;
  const at = hexAddress(loadedAddress(region, region.start));
  return region.kind === 'function' ? `function at ${at}` : `no symbol, at ${at}`;
}

/** Why bytes that an executable segment loads are left out. */
export function whyNotCode(region: CodeRegion): string {
  if (region.kind === 'gap') return 'no function covers it, and it does not decode: data';
  if (region.kind === 'data') return 'the section table calls it data, and it does not decode';
  return `in ${nameOf(region)}, not reached by its control flow: data, or targets of a jump table`;
}

interface Item {
  address: number;
  size: number;
  symbol?: FunctionSymbol;
}

/**
 * Cuts everything that `elf` can execute into functions and what lies between them. Functions come
 * from the symbol tables and from .eh_frame, which stripping leaves in place.
 */
export function codeRegions(elf: ElfFile): CodeRegion[] {
  const items = functionItems(elf);
  const labels = labelSymbols(elf);
  return [
    ...executableRanges(elf).flatMap((range) => cut(range, items, 'gap')),
    ...dataInSegments(elf).flatMap((range) => cut(range, items, 'data')),
  ].map((region) => withLabels(region, labels));
}

function withLabels(region: CodeRegion, labels: readonly FunctionSymbol[]): CodeRegion {
  if (region.kind !== 'gap' || labels.length === 0) return region;
  const [start, end] = [region.start, region.end].map((offset) => loadedAddress(region, offset));
  const own = labels.slice(firstAt(labels, start ?? 0), firstAt(labels, end ?? 0));
  return own.length === 0 ? region : { ...region, labels: own };
}

/** Symbols and unwind entries in one list by address; a symbol names what both describe. */
function functionItems(elf: ElfFile): Item[] {
  const merged: Item[] = functionSymbols(elf).map((symbol) => ({
    address: symbol.address,
    size: symbol.size,
    symbol,
  }));
  const byAddress = new Map(merged.map((item) => [item.address, item]));
  for (const frame of frameRanges(elf)) {
    const known = byAddress.get(frame.address);
    if (known) known.size = Math.max(known.size, frame.size);
    else merged.push({ ...frame });
  }
  return merged.sort((a, b) => a.address - b.address);
}

/** The first item that starts at or after `address`. */
function firstAt(items: readonly Pick<Item, 'address'>[], address: number): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((items[middle]?.address ?? 0) < address) low = middle + 1;
    else high = middle;
  }
  return low;
}

function cut(
  range: ExecutableRange,
  items: readonly Item[],
  between: 'gap' | 'data',
): CodeRegion[] {
  const regions: CodeRegion[] = [];
  const shift = range.offset - range.address;
  const limit = range.address + range.size;
  let at = range.address;
  /** The last function that reaches beyond its successor's start: its rest follows that one. */
  let outer: { end: number; symbol: FunctionSymbol | undefined } = { end: 0, symbol: undefined };
  const push = (end: number, symbol: FunctionSymbol | undefined, isFunction: boolean): void => {
    if (end <= at) return;
    regions.push({
      range,
      start: at + shift,
      end: end + shift,
      kind: isFunction ? 'function' : between,
      ...(symbol ? { symbol } : {}),
    });
    at = end;
  };
  for (let index = firstAt(items, range.address); index < items.length; index++) {
    const item = items[index];
    if (!item || item.address >= limit) break;
    push(Math.min(outer.end, item.address), outer.symbol, true);
    push(item.address, undefined, false);
    const next = Math.min(items[index + 1]?.address ?? limit, limit);
    const end = Math.min(item.size === 0 ? next : item.address + item.size, limit);
    push(Math.min(end, next), item.symbol, true);
    if (end > outer.end) outer = { end, symbol: item.symbol };
  }
  push(Math.min(outer.end, limit), outer.symbol, true);
  push(limit, undefined, false);
  return regions;
}
