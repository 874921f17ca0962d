import { execFileSync } from 'node:child_process';
import { trim, wholeNumber } from './files.ts';
import { modelName, x86Model } from './identity.ts';
import { VARIANTS } from './table.ts';

/** What macOS or Windows tell of the CPU. */
export interface ForeignCpu {
  vendor: string | null;
  model: string | null;
  family: number | null;
  modelNumber: number | null;
  stepping: number | null;
  microarchitecture: string | null;
  architecture: string;
  /** Features in /proc/cpuinfo spelling that a Linux guest on this machine can have. */
  features: string[];
  memoryMib: number | null;
}

/** Reads the sysctl lines that describe the CPU; empty where sysctl does not run. */
export function readSysctl(): string {
  try {
    const names = ['machdep.cpu', 'hw.optional', 'hw.memsize'];
    return execFileSync('/usr/sbin/sysctl', names, { encoding: 'latin1', stdio: 'pipe' });
  } catch {
    return '';
  }
}

const DARWIN_X86: Readonly<Record<string, string>> = {
  sse3: 'pni',
  'sse4.1': 'sse4_1',
  'sse4.2': 'sse4_2',
  'avx1.0': 'avx',
  lahf: 'lahf_lm',
  lzcnt: 'abm',
  em64t: 'lm',
};

/** Every Apple silicon Mac has at least the M1's features, which are more than these. */
const DARWIN_ARM = ['asimd', 'asimddp', 'asimdhp', 'asimdrdm', 'atomics', 'crc32', 'fp', 'fphp'];

/** Understands the output of macOS's sysctl. */
export function darwinCpu(machine: string, sysctl: string): ForeignCpu {
  const values = new Map<string, string>();
  for (const line of sysctl.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) values.set(trim(line.slice(0, colon)), trim(line.slice(colon + 1)));
  }
  const arm = machine === 'arm64' || values.get('hw.optional.arm64') === '1';
  const memory = wholeNumber(values.get('hw.memsize')) ?? 0;
  return {
    vendor: arm ? 'Apple' : 'Intel',
    model: modelName(values.get('machdep.cpu.brand_string')),
    family: null,
    modelNumber: null,
    stepping: null,
    microarchitecture: null,
    architecture: arm ? 'aarch64' : 'x86_64',
    features: arm ? darwinArm(values) : darwinX86(values),
    memoryMib: memory > 0 ? Math.floor(memory / 1048576) : null,
  };
}

function darwinArm(values: Map<string, string>): string[] {
  const bf16 = values.get('hw.optional.arm.FEAT_BF16') === '1' ? ['bf16'] : [];
  return [...DARWIN_ARM, ...bf16].sort();
}

function darwinX86(values: Map<string, string>): string[] {
  const names = ['features', 'leaf7_features', 'extfeatures'];
  const all = names.map((name) => values.get(`machdep.cpu.${name}`) ?? '').join(' ');
  const words = all.toLowerCase().split(' ');
  return [...new Set(words.map((word) => DARWIN_X86[word] ?? word))].filter(Boolean).sort();
}

/**
 * Understands Windows' PROCESSOR_IDENTIFIER, which holds CPUID's family, model and stepping. The
 * features are those of the variant that the microarchitecture can run: a model, no measurement.
 */
export function windowsCpu(machine: string, identifier: string): ForeignCpu {
  const match = /Family ([0-9]{1,5}) Model ([0-9]{1,5}) Stepping ([0-9]{1,5}), ([A-Za-z]+)/.exec(
    identifier,
  );
  const [family, modelNumber, stepping] = [1, 2, 3].map((group) => {
    const text = match?.[group];
    return text === undefined ? null : Number(text);
  }) as [number | null, number | null, number | null];
  const arm = /arm/i.test(machine);
  const known = x86Model(match?.[4] ?? '', family, modelNumber, stepping);
  const variant = known ? known.variant : 'noavx512';
  const platform = arm ? 'linux-aarch64' : 'linux-x86_64';
  const entry = VARIANTS.find(({ name }) => name === variant);
  return {
    vendor: null,
    model: modelName(identifier),
    family,
    modelNumber,
    stepping,
    microarchitecture: known?.name ?? null,
    architecture: arm ? 'aarch64' : 'x86_64',
    features: [...(entry?.requires[platform] ?? [])].sort(),
    memoryMib: null,
  };
}
