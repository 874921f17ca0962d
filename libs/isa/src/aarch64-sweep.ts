import type { ElfFile } from '@vllm-cpu/elf/elf-file';
import { ENCODINGS } from './aarch64-encodings.ts';
import type { Encoding } from './aarch64-encodings.ts';
import type { CodeRegion } from './code-regions.ts';
import { loadedAddress, nameOf } from './code-regions.ts';
import { hexAddress } from './scan-result.ts';
import type { FeatureUse, ScanCollector } from './scan-result.ts';

const NOP = 0xd503201f;

/**
 * Looks at every word of one aarch64 file. Instructions are four bytes, so a table of bit patterns
 * is enough; no disassembler in JavaScript knows BF16 and I8MM (capstone 5 does not).
 */
export class Aarch64Sweep {
  private readonly elf: ElfFile;
  private readonly allows: (feature: string) => boolean;
  private readonly collector: ScanCollector;
  private readonly data: DataView;

  constructor(elf: ElfFile, allows: (feature: string) => boolean, collector: ScanCollector) {
    this.elf = elf;
    this.allows = allows;
    this.collector = collector;
    const { bytes } = elf.view;
    this.data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  judge(region: CodeRegion): void {
    // Linkers for aarch64 put .rodata beside .text, and most words of data are instructions as well.
    if (region.kind === 'data') return;
    if (region.kind === 'gap') {
      if (this.every(region, (word) => word === 0 || word === NOP)) return;
      if (!this.every(region, isAllocated)) return this.leaveOut(region);
    } else this.collector.functions++;
    const uses = new Map<string, FeatureUse>();
    this.forEach(region, (word, offset) => {
      const known = isAllocated(word) ? encodingOf(word) : undefined;
      this.collector.instructions++;
      if (!known) return;
      this.collector.count([known.feature], 1);
      if (this.allows(known.feature)) return;
      const use = uses.get(known.feature);
      if (use) use.count++;
      else uses.set(known.feature, this.use(region, offset, word, known));
    });
    this.collector.findings.push(...uses.values());
  }

  close(): void {
    // Nothing is held outside JavaScript's memory.
  }

  private use(region: CodeRegion, offset: number, word: number, known: Encoding): FeatureUse {
    return {
      file: this.elf.name,
      section: region.range.section,
      function: nameOf(region, offset),
      address: hexAddress(loadedAddress(region, offset)),
      disassembly: `${known.mnemonic} (0x${word.toString(16).padStart(8, '0')})`,
      feature: known.feature,
      count: 1,
    };
  }

  private leaveOut(region: CodeRegion): void {
    let suspicious = 0;
    this.forEach(region, (word) => {
      const known = encodingOf(word);
      if (known && !this.allows(known.feature)) suspicious++;
    });
    const place = {
      section: region.range.section,
      address: hexAddress(loadedAddress(region, region.start)),
      size: region.end - region.start,
      suspicious,
      reason: 'no function covers it, and it does not decode: data',
    };
    this.collector.leaveOut(place);
  }

  private every(region: CodeRegion, test: (word: number) => boolean): boolean {
    let holds = true;
    this.forEach(region, (word) => {
      if (!test(word)) holds = false;
    });
    return holds;
  }

  /** Instructions are little-endian whatever the data's byte order is. */
  private forEach(region: CodeRegion, visit: (word: number, offset: number) => void): void {
    const misaligned = (4 - (loadedAddress(region, region.start) % 4)) % 4;
    for (let at = region.start + misaligned; at + 4 <= region.end; at += 4) {
      visit(this.data.getUint32(at, true), at);
    }
  }
}

/** Whether the top-level group of a word (bits 28-25) holds instructions at all. */
function isAllocated(word: number): boolean {
  const group = (word >>> 25) & 15;
  if (group === 0) return word >>> 16 === 0 || word >>> 31 === 1;
  return group !== 1 && group !== 3;
}

/** Patterns by the top byte of the word: most words are compared with two or three. */
const BY_TOP_BYTE: readonly (readonly Encoding[])[] = Array.from({ length: 256 }, (_, top) =>
  ENCODINGS.filter(({ mask, value }) => (((top << 24) ^ value) & mask & 0xff000000) === 0),
);

/** The most specific pattern that a word has; undefined for plain armv8.0 integer instructions. */
function encodingOf(word: number): Encoding | undefined {
  for (const encoding of BY_TOP_BYTE[word >>> 24] ?? []) {
    if ((word & encoding.mask) >>> 0 === encoding.value) return encoding;
  }
  return undefined;
}
