import { Formatter, FormatterSyntax, Instruction } from './iced.ts';
import { loadedAddress, nameOf } from './code-regions.ts';
import type { CodeRegion } from './code-regions.ts';
import { hexAddress } from './scan-result.ts';
import type { FeatureUse, ScanCollector } from './scan-result.ts';
import { featuresOfCode } from './x86-features.ts';
import type { X86Window } from './x86-window.ts';

/** Stands in findings for bytes that control flow reaches and the decoder does not know. */
const UNDECODABLE = 'undecodable';

/** Names the places of one x86 file where features are used that are not allowed. */
export class X86Uses {
  private readonly file: string;
  private readonly window: X86Window;
  private readonly allows: (feature: string) => boolean;
  private readonly collector: ScanCollector;
  private readonly instruction = new Instruction();
  private readonly formatter = new Formatter(FormatterSyntax.Intel);

  constructor(
    file: string,
    window: X86Window,
    allows: (feature: string) => boolean,
    collector: ScanCollector,
  ) {
    this.file = file;
    this.window = window;
    this.allows = allows;
    this.collector = collector;
  }

  /** Frees the decoder's memory. */
  close(): void {
    this.instruction.free();
    this.formatter.free();
  }

  /** Goes straight through the region again, for the places of what is not allowed. */
  reportLinear(region: CodeRegion): void {
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

  reportAt(region: CodeRegion, offsets: readonly number[]): void {
    const uses = new Map<string, FeatureUse>();
    for (const offset of offsets) {
      this.window.seek(offset, region.end).decodeOut(this.instruction);
      this.note(region, offset, uses);
    }
    this.collector.findings.push(...uses.values());
  }

  /** Names the first bytes that control flow reaches and that are not an instruction. */
  reportUndecodable(region: CodeRegion, offset: number): void {
    if (this.allows(UNDECODABLE)) return;
    this.collector.findings.push(this.use(region, offset, UNDECODABLE));
  }

  /** Counts the decoded instruction; names the first use of a feature, which moves the decoder. */
  private note(region: CodeRegion, offset: number, uses: Map<string, FeatureUse>): boolean {
    const code = this.instruction.code;
    let moved = false;
    for (const feature of featuresOfCode(code)) {
      if (this.allows(feature)) continue;
      const key = region.labels ? `${feature} ${nameOf(region, offset)}` : feature;
      const known = uses.get(key);
      if (known) known.count++;
      else {
        uses.set(key, this.use(region, offset, feature));
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
      function: nameOf(region, offset),
      address: hexAddress(address),
      disassembly,
      feature,
      count: 1,
    };
  }
}
