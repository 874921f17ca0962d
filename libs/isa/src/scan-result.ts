/** Instructions of one feature in one function. */
export interface FeatureUse {
  /** Path of the ELF file in the wheel. */
  file: string;
  section: string;
  /** The name in the symbol table, or `function at 0x…` where only an unwind entry covers it. */
  function: string;
  /** Loaded address of the first such instruction, hexadecimal. */
  address: string;
  /** That instruction, in Intel syntax on x86. */
  disassembly: string;
  /** In /proc/cpuinfo spelling. */
  feature: string;
  /** How many instructions of the function need the feature. */
  count: number;
}

/** Executable bytes that were not taken for code, and why. */
export interface NotJudged {
  section: string;
  address: string;
  size: number;
  /** Instructions in it that would be findings if it were code. */
  suspicious: number;
  reason: string;
}

/** What one ELF file does with the CPU. */
export interface InstructionScan {
  file: string;
  machine: string;
  functions: number;
  instructions: number;
  /** Instructions by feature, beyond what the architecture itself has; a-z. */
  histogram: Record<string, number>;
  /** Uses of features that are not allowed. */
  findings: FeatureUse[];
  notJudged: {
    bytes: number;
    /** Instructions among them that would be findings if these bytes were code. */
    suspicious: number;
    /** The places with most of these, then the largest; at most `PLACES`. */
    places: NotJudged[];
  };
  /** Bytes of data sections that an executable segment loads (older linkers put .rodata there). */
  dataBytes: number;
}

const PLACES = 20;

/** Collects one file's result while its regions are judged. */
export class ScanCollector {
  readonly findings: FeatureUse[] = [];
  readonly histogram = new Map<string, number>();
  functions = 0;
  instructions = 0;
  private bytes = 0;
  private suspicious = 0;
  private readonly places: NotJudged[] = [];

  count(features: readonly string[], times: number): void {
    for (const feature of features) {
      this.histogram.set(feature, (this.histogram.get(feature) ?? 0) + times);
    }
  }

  leaveOut(place: NotJudged): void {
    this.bytes += place.size;
    this.suspicious += place.suspicious;
    this.places.push(place);
    if (this.places.length > 4 * PLACES) this.keepForemost();
  }

  result(file: string, machine: string, dataBytes: number): InstructionScan {
    this.keepForemost();
    const histogram = Object.fromEntries([...this.histogram].sort(([a], [b]) => (a < b ? -1 : 1)));
    const { functions, instructions, findings, bytes, suspicious, places } = this;
    const notJudged = { bytes, suspicious, places };
    return { file, machine, functions, instructions, histogram, findings, notJudged, dataBytes };
  }

  private keepForemost(): void {
    this.places.sort((a, b) => b.suspicious - a.suspicious || b.size - a.size);
    this.places.length = Math.min(this.places.length, PLACES);
  }
}

export function hexAddress(address: number): string {
  return `0x${address.toString(16)}`;
}
