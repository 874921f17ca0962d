import { Code, CpuidFeature, Instruction } from './iced.ts';
import { X86_FEATURES } from '@vllm-cpu/variant/x86-features';

/** Part of x86-64 itself, or a no-op on every CPU that does not know it: needs no feature. */
const X86_64_ITSELF: readonly string[] = [
  ...['INTEL8086', 'INTEL8086_ONLY', 'INTEL186', 'INTEL286', 'INTEL286_ONLY', 'INTEL386'],
  ...['INTEL386_ONLY', 'INTEL486', 'X64', 'CMOV', 'CPUID', 'CX8', 'FPU', 'FPU287', 'FPU387'],
  ...['FXSR', 'MMX', 'SSE', 'SSE2', 'CLFSH', 'MULTIBYTENOP', 'PAUSE', 'SEP', 'SYSCALL', 'TSC'],
  ...['MSR', 'RDPMC', 'SMM', 'MOV_TR'],
  // endbr64, bnd prefixes, prefetchw and cldemote use encodings that older CPUs execute as nothing.
  ...['CET_IBT', 'MPX', 'PREFETCHW', 'PREFETCHWT1', 'PREFETCHITI', 'CLDEMOTE'],
];

/**
 * Decoder names of features that have no row in variant/x86-features.ts, where the spelling of
 * /proc/cpuinfo is not just lower case; see arch/x86/include/asm/cpufeatures.h in Linux.
 */
const FOREIGN: Readonly<Record<string, string>> = {
  D3NOW: '3dnow',
  D3NOWEXT: '3dnowext',
  CET_SS: 'user_shstk',
  KL: 'keylocker',
  AESKLE: 'keylocker',
  WIDE_KL: 'keylocker_wide',
  HLE_or_RTM: 'rtm',
};

const ROWS = new Map(X86_FEATURES.map(({ decoder, name }) => [decoder, name]));

/** The /proc/cpuinfo name of a decoder's feature, or undefined where x86-64 itself has it. */
function spelling(feature: string): string | undefined {
  if (X86_64_ITSELF.includes(feature)) return undefined;
  return ROWS.get(feature) ?? FOREIGN[feature] ?? feature.toLowerCase();
}

/** `code -> features` for every instruction that the decoder knows; filled as codes are met. */
const known: (readonly string[] | undefined)[] = [];
let probe: Instruction | undefined;

/**
 * The CPU features, in /proc/cpuinfo spelling, that an instruction needs beyond x86-64 itself.
 * An unknown name of the decoder is passed on in lower case, so that nothing is allowed by accident.
 */
export function featuresOfCode(code: Code): readonly string[] {
  const cached = known[code];
  if (cached) return cached;
  probe ??= new Instruction();
  probe.code = code;
  // rdssp reads 0 from CPUs without shadow stacks, where it is a no-op; unwinders count on that.
  if (code === Code.Rdsspd_r32 || code === Code.Rdsspq_r64) return (known[code] = []);
  const names = Array.from(probe.cpuidFeatures(), (feature) => CpuidFeature[feature] ?? 'unknown');
  const features = [...new Set(names.flatMap((name) => spelling(name) ?? []))];
  known[code] = features;
  return features;
}

/** The number of instruction codes, for tables that are indexed by code. */
export const CODES =
  Math.max(...Object.values(Code).filter((code) => typeof code === 'number')) + 1;
