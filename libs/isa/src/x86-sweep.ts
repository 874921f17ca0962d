import { Code, Instruction } from './iced.ts';
import { loadedAddress, whyNotCode } from './code-regions.ts';
import type { CodeRegion } from './code-regions.ts';
import { hexAddress } from './scan-result.ts';
import type { ScanCollector } from './scan-result.ts';
import { codeOf, decodeCache, lengthOf } from './x86-decode-cache.ts';
import type { X86DecodeCache } from './x86-decode-cache.ts';
import { CODES, featuresOfCode } from './x86-features.ts';
import { blocksOf, codeRuns, countInstructions, isClosed, PADDING } from './x86-gap.ts';
import { reach } from './x86-reach.ts';
import { X86Uses } from './x86-uses.ts';
import { X86Window } from './x86-window.ts';

/** What one instruction code means for the verdict; bits, so that a region's can be joined. */
const FINE = 0;
const BEYOND = 1;
const INVALID = 2;
const NOT_ASKED = 255;

/**
 * Decodes every region of one x86 file. Most instructions come out of a cache without a call into
 * WebAssembly: that is where the speed comes from.
 */
export class X86Sweep {
  private readonly collector: ScanCollector;
  private readonly allows: (feature: string) => boolean;
  private readonly bytes: Uint8Array;
  private readonly window: X86Window;
  private readonly cache: X86DecodeCache;
  private readonly uses: X86Uses;
  private readonly instruction = new Instruction();
  private readonly verdicts = new Uint8Array(CODES).fill(NOT_ASKED);
  /** The codes of the region at hand; they count only when the region turns out to be code. */
  private log = new Uint16Array(1 << 16);
  private logged = 0;
  private readonly counts = new Float64Array(CODES);

  constructor(
    file: string,
    bytes: Uint8Array,
    bitness: 32 | 64,
    allows: (feature: string) => boolean,
    collector: ScanCollector,
  ) {
    this.collector = collector;
    this.allows = allows;
    this.bytes = bytes;
    this.window = new X86Window(bytes, bitness);
    this.cache = decodeCache(bitness);
    this.uses = new X86Uses(file, this.window, allows, collector);
    this.verdicts[Code.INVALID] = INVALID;
  }

  judge(region: CodeRegion): void {
    const verdict = this.decode(region.start, region.end);
    if (region.kind === 'function') this.collector.functions++;
    else if (this.isPadding()) return;
    if (region.kind === 'data') this.judgeData(region, verdict);
    else if ((verdict & INVALID) === 0) this.accept(region, verdict);
    else if (region.kind === 'function') this.judgeReached(region);
    else this.judgeBlocks(region);
  }

  /** Hands the counts over and frees the decoder. */
  close(): void {
    this.counts.forEach((count, code) => {
      if (count > 0) this.collector.count(featuresOfCode(code), count);
    });
    this.window.close();
    this.instruction.free();
    this.uses.close();
  }

  private accept(region: CodeRegion, verdict: number): void {
    this.commit();
    if ((verdict & BEYOND) !== 0) this.uses.reportLinear(region);
  }

  /** A section of data that is code from end to end has a wrong name in the section table. */
  private judgeData(region: CodeRegion, verdict: number): void {
    const isCode = (verdict & INVALID) === 0 && isClosed(this.window, region.start, region.end);
    if (isCode) this.accept(region, verdict);
    else this.leaveOut(region);
  }

  /** Bytes that no function covers and that hold data: the blocks that are code are judged. */
  private judgeBlocks(region: CodeRegion): void {
    for (const { start, end, closed } of blocksOf(
      this.window,
      this.bytes,
      region.start,
      region.end,
    )) {
      const block = { ...region, start, end };
      const verdict = this.decode(start, end);
      if (this.isPadding()) continue;
      if (closed && (verdict & INVALID) === 0) this.accept(block, verdict);
      else this.judgeRuns(block);
    }
  }

  /** A block of code and tables in one: long runs are code, the rest is left out and counted. */
  private judgeRuns(block: CodeRegion): void {
    let at = block.start;
    const skip = (end: number): void => {
      if (end > at) this.leaveOut({ ...block, start: at, end });
    };
    for (const { start, end } of codeRuns(this.window, block.start, block.end)) {
      skip(start);
      this.accept({ ...block, start, end }, this.decode(start, end));
      at = end;
    }
    skip(block.end);
  }

  /** Decodes straight from `start` to `end` into the log, and joins the verdicts. */
  private decode(start: number, end: number): number {
    const { bytes, cache, verdicts } = this;
    if (this.log.length < end - start) this.log = new Uint16Array(end - start);
    const log = this.log;
    let [at, count, joined] = [start, 0, FINE];
    while (at < end) {
      const found = cache.find(bytes, at) || this.ask(at, end);
      const code = codeOf(found);
      log[count++] = code;
      const verdict = verdicts[code] ?? NOT_ASKED;
      joined |= verdict === NOT_ASKED ? this.verdictOf(code) : verdict;
      at += lengthOf(found);
    }
    this.logged = count;
    return at > end ? joined | INVALID : joined;
  }

  private ask(at: number, end: number): number {
    const decoder = this.window.seek(at, end);
    decoder.decodeOut(this.instruction);
    return this.cache.add(this.bytes, at, decoder, this.instruction);
  }

  private verdictOf(code: Code): number {
    const known = this.verdicts[code] ?? NOT_ASKED;
    if (known !== NOT_ASKED) return known;
    const verdict = featuresOfCode(code).every(this.allows) ? FINE : BEYOND;
    this.verdicts[code] = verdict;
    return verdict;
  }

  private commit(): void {
    this.collector.instructions += this.logged;
    for (let index = 0; index < this.logged; index++) {
      const code = this.log[index] ?? Code.INVALID;
      this.counts[code] = (this.counts[code] ?? 0) + 1;
    }
  }

  /** Between functions linkers put nops, breakpoints and zeros. */
  private isPadding(): boolean {
    for (let index = 0; index < this.logged; index++) {
      if (!PADDING.has(this.log[index] as Code)) return false;
    }
    return true;
  }

  /**
   * A function with bytes that are not an instruction. What control flow reaches is judged; of the rest,
   * which are tables, or targets of an indirect jump, what can only be code.
   */
  private judgeReached(region: CodeRegion): void {
    const reached = reach(this.window, region.start, region.end);
    this.decodeAt(reached.offsets, region.end);
    this.commit();
    this.uses.reportAt(region, reached.offsets);
    if (reached.undecodable !== undefined) {
      this.uses.reportUndecodable(region, reached.undecodable);
    }
    for (const stretch of reached.rest) this.judgeRuns({ ...region, ...stretch });
  }

  private decodeAt(offsets: readonly number[], end: number): void {
    this.logged = 0;
    for (const offset of offsets) {
      this.window.seek(offset, end).decodeOut(this.instruction);
      this.log[this.logged++] = this.instruction.code;
    }
  }

  private leaveOut(region: CodeRegion): void {
    const { start, end } = region;
    const isBeyond = (code: Code): boolean => this.verdictOf(code) === BEYOND;
    const suspicious = countInstructions(this.window, start, end, isBeyond);
    const { section } = region.range;
    const address = hexAddress(loadedAddress(region, start));
    const place = { section, address, size: end - start, suspicious, reason: whyNotCode(region) };
    this.collector.leaveOut(place);
  }
}
