import { DetectError } from './errors.ts';
import { trim } from './files.ts';

export type Fields = Record<string, string>;

/** What /proc/cpuinfo says, parsed. Keys are lower-case; values are trimmed. */
export interface Cpuinfo {
  architecture: string;
  /** One entry per processor that has a block of its own. */
  processors: Fields[];
  /** Fields that stand outside every processor's block: board, platform, s390x's header. */
  general: Fields;
  /** Features that every processor has, sorted. */
  features: string[];
  /** Features that only some processors have, sorted. */
  partialFeatures: string[];
}

/**
 * Parses the text of a /proc/cpuinfo of any Linux architecture.
 * @throws DetectError CPUINFO_EMPTY, CPUINFO_BINARY or CPUINFO_UNKNOWN
 */
export function parseCpuinfo(text: string, source: string): Cpuinfo {
  if (trim(text) === '') {
    throw refusal('CPUINFO_EMPTY', `${source} is empty.`, 'Nothing can be said of no processor.');
  }
  if (text.includes('\0')) {
    throw refusal('CPUINFO_BINARY', `${source} is not text.`, 'It holds bytes of value zero.');
  }
  const { processors, general } = blocksOf(text);
  const architecture = architectureOf([...processors, general]);
  if (architecture === null) {
    throw refusal(
      'CPUINFO_UNKNOWN',
      `${source} is not a /proc/cpuinfo.`,
      'It names no features, no instruction set and no processor that Linux would write.',
    );
  }
  return { architecture, processors, general, ...featuresOf([...processors, general]) };
}

function refusal(code: string, what: string, why: string): DetectError {
  const next = 'Copy it again on the machine in question: cat /proc/cpuinfo > cpuinfo.txt';
  return new DetectError({ code, what, why, next, exitCode: 65 });
}

function blocksOf(text: string): { processors: Fields[]; general: Fields } {
  const processors: Fields[] = [];
  const general: Fields = {};
  let block = general;
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon < 0) {
      if (trim(line) === '') block = general;
      continue;
    }
    const key = trim(line.slice(0, colon)).toLowerCase();
    const value = trim(line.slice(colon + 1));
    if (key === 'processor' && /^[0-9]+$/.test(value)) {
      block = {};
      processors.push(block);
    }
    if (!Object.hasOwn(block, key)) block[key] = value;
  }
  return { processors, general };
}

function architectureOf(blocks: readonly Fields[]): string | null {
  for (const fields of blocks) {
    const features = words(fields['flags'] ?? fields['features']);
    if (fields['vendor_id'] === 'IBM/S390') return 's390x';
    if (fields['flags'] !== undefined) return features.includes('lm') ? 'x86_64' : 'i686';
    if (fields['cpu implementer'] !== undefined) {
      return features.includes('asimd') ? 'aarch64' : 'armv7l';
    }
    if (/^rv(32|64)/.test(fields['isa'] ?? '')) return `riscv${fields['isa']?.slice(2, 4) ?? ''}`;
    if (/loongarch64/.test(fields['isa'] ?? '')) return 'loongarch64';
    if (/^POWER/.test(fields['cpu'] ?? '')) return 'ppc64le';
    if (/^mips/.test(fields['isa'] ?? '')) return 'mips';
  }
  return null;
}

function featuresOf(blocks: readonly Fields[]): { features: string[]; partialFeatures: string[] } {
  const lines = new Set<string>();
  for (const fields of blocks) {
    const line = fields['flags'] ?? fields['features'];
    if (line !== undefined) lines.add(line);
  }
  const sets = [...lines].map((line) => new Set(words(line)));
  const all = [...new Set(sets.flatMap((set) => [...set]))].sort();
  const everywhere = (feature: string) => sets.every((set) => set.has(feature));
  return {
    features: all.filter(everywhere),
    partialFeatures: all.filter((feature) => !everywhere(feature)),
  };
}

/** The words of a line, without empty ones and without anything that is no feature name. */
export function words(line: string | undefined): string[] {
  return (line ?? '').split(/[ \t]+/).filter((word) => /^[A-Za-z0-9_.-]+$/.test(word));
}
