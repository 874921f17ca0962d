import { Code, Formatter, FormatterSyntax, Instruction } from 'iced-x86';
import { loadedAddress, nameOf } from './code-regions.ts';
import type { CodeRegion } from './code-regions.ts';
import { hexAddress } from './scan-result.ts';
import type { FeatureUse, ScanCollector } from './scan-result.ts';
import { CODES, featuresOfCode } from './x86-features.ts';
import { blocksOf, codeRuns, PADDING } from './x86-gap.ts';
import { reach } from './x86-reach.ts';
import { X86Window } from './x86-window.ts';

/** What one instruction code means for the verdict; bits, so that a region's can be joined. */
const FINE = 0;
const BEYOND = 1;
const INVALID = 2;
const NOT_ASKED = 255;

/** Bytes of the longest x86 instruction. */
const LONGEST = 15;

/** Stands in findings for bytes that control flow reaches and the decoder does not know. */
export const UNDECODABLE = 'undecodable';

/**
 * Decodes every region of one x86 file. Per instruction this makes two calls into WebAssembly and
 * no JavaScript object: that is where the speed comes from.
 */
export class X86Sweep {
  private readonly file: string;
  private readonly collector: ScanCollector;
  private readonly allows: (feature: string) => boolean;
  private readonly bytes: Uint8Array;
  private readonly window: X86Window;
  private readonly instruction = new Instruction();
  private readonly formatter = new Formatter(FormatterSyntax.Intel);
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
    this.file = file;
    this.collector = collector;
    this.allows = allows;
    this.bytes = bytes;
    this.window = new X86Window(bytes, bitness);
    this.verdicts[Code.INVALID] = INVALID;
  }

  judge(region: CodeRegion): void {
    const verdict = this.decode(region.start, region.end);
    if (region.kind === 'function') this.collector.functions++;
    else if (this.isPadding()) return;
    if ((verdict & INVALID) === 0) this.accept(region, verdict);
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
    this.formatter.free();
  }

  private accept(region: CodeRegion, verdict: number): void {
    this.commit();
    if ((verdict & BEYOND) !== 0) this.reportLinear(region);
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
      if (end <= at) return;
      this.decode(at, end);
      this.leaveOut({ ...block, start: at, end }, end - at, 'gap');
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
    const decoder = this.window.seek(start, end);
    const { instruction, verdicts } = this;
    if (this.log.length < end - start) this.log = new Uint16Array(end - start);
    const log = this.log;
    const origin = start - decoder.position;
    let [at, count, joined] = [start, 0, FINE];
    while (at < end) {
      // So many instructions fit in any case: the decoder need not be asked where it is after each.
      const batch = count + Math.max(1, Math.floor((end - at) / LONGEST));
      while (count < batch) {
        decoder.decodeOut(instruction);
        const code = instruction.code;
        log[count++] = code;
        const verdict = verdicts[code] ?? NOT_ASKED;
        joined |= verdict === NOT_ASKED ? this.verdictOf(code) : verdict;
      }
      at = origin + decoder.position;
    }
    this.logged = count;
    return at > end ? joined | INVALID : joined;
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

  /** A function with bytes that are no instruction: only what control flow reaches is judged. */
  private judgeReached(region: CodeRegion): void {
    const reached = reach(this.window, region.start, region.end);
    const unreached = region.end - region.start - reached.bytes;
    if (unreached > 0) this.leaveOut(region, unreached, 'unreached');
    this.decodeAt(reached.offsets, region.end);
    this.commit();
    this.reportAt(region, reached.offsets);
    if (reached.undecodable !== undefined && !this.allows(UNDECODABLE)) {
      this.collector.findings.push(this.undecodable(region, reached.undecodable));
    }
  }

  private decodeAt(offsets: readonly number[], end: number): void {
    this.logged = 0;
    for (const offset of offsets) {
      this.window.seek(offset, end).decodeOut(this.instruction);
      this.log[this.logged++] = this.instruction.code;
    }
  }

  private leaveOut(region: CodeRegion, size: number, why: 'gap' | 'unreached'): void {
    let suspicious = 0;
    for (let index = 0; index < this.logged; index++) {
      if (this.verdicts[this.log[index] ?? 0] === BEYOND) suspicious++;
    }
    const reason =
      why === 'gap'
        ? 'no function covers it, and it does not decode: data'
        : `in ${nameOf(region)}, not reached by its control flow: data, or targets of a jump table`;
    const { section } = region.range;
    const address = hexAddress(loadedAddress(region, region.start));
    this.collector.leaveOut({ section, address, size, reason }, suspicious);
  }

  /** Goes straight through the region again, for the places of what is not allowed. */
  private reportLinear(region: CodeRegion): void {
    const uses = new Map<string, FeatureUse>();
    let decoder = this.window.seek(region.start, region.end);
    for (let at = region.start; at < region.end;) {
      decoder.decodeOut(this.instruction);
      const next = at + this.instruction.length;
      if (this.note(region, at, uses)) decoder = this.window.seek(next, region.end);
      at = next;
    }
    this.collector.findings.push(...uses.values());
  }

  private reportAt(region: CodeRegion, offsets: readonly number[]): void {
    const uses = new Map<string, FeatureUse>();
    for (const offset of offsets) {
      this.window.seek(offset, region.end).decodeOut(this.instruction);
      this.note(region, offset, uses);
    }
    this.collector.findings.push(...uses.values());
  }

  /** Counts the decoded instruction; names the first use of a feature, which moves the decoder. */
  private note(region: CodeRegion, offset: number, uses: Map<string, FeatureUse>): boolean {
    const code = this.instruction.code;
    if (this.verdictOf(code) !== BEYOND) return false;
    let moved = false;
    for (const feature of featuresOfCode(code)) {
      if (this.allows(feature)) continue;
      const known = uses.get(feature);
      if (known) known.count++;
      else {
        uses.set(feature, this.use(region, offset, feature));
        moved = true;
      }
    }
    return moved;
  }

  private use(region: CodeRegion, offset: number, feature: string): FeatureUse {
    const address = loadedAddress(region, offset);
    const decoder = this.window.seek(offset, region.end);
    decoder.ip = BigInt(address);
    decoder.decodeOut(this.instruction);
    const disassembly = this.formatter.format(this.instruction);
    return {
      file: this.file,
      section: region.range.section,
      function: nameOf(region),
      address: hexAddress(address),
      disassembly,
      feature,
      count: 1,
    };
  }

  private undecodable(region: CodeRegion, offset: number): FeatureUse {
    return { ...this.use(region, offset, UNDECODABLE), feature: UNDECODABLE };
  }
}
