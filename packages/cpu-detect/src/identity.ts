import { trim, wholeNumber } from './files.ts';
import { ARM_PARTS, VENDORS, X86_MODELS } from './table.ts';
import type { Cpuinfo, Fields } from './cpuinfo.ts';
import type { X86Model } from './table.ts';

/** Who made the CPU and what it is called. */
export interface Identity {
  vendor: string | null;
  model: string | null;
  family: number | null;
  modelNumber: number | null;
  stepping: number | null;
  microarchitecture: string | null;
  /** The variant that this microarchitecture can run where nothing is masked; null: not known. */
  nativeVariant: string | null;
}

/** Finds a CPU by vendor string, family, model and stepping, all as CPUID leaves 0 and 1 give them. */
export function x86Model(
  vendor: string,
  family: number | null,
  model: number | null,
  stepping: number | null,
): X86Model | undefined {
  if (family === null || model === null) return undefined;
  const within = (range: readonly number[], number: number) =>
    number >= (range[0] ?? 0) && number <= (range[1] ?? 0);
  return X86_MODELS.find(
    (entry) =>
      entry.vendor === vendor &&
      entry.family === family &&
      entry.models.some((range) => within(range, model)) &&
      (entry.steppings === null || within(entry.steppings, stepping ?? 0)),
  );
}

/** Names the CPU of a parsed cpuinfo. */
export function identify(cpuinfo: Cpuinfo): Identity {
  const first = cpuinfo.processors[0] ?? cpuinfo.general;
  if (first['cpu implementer'] !== undefined) return identifyArm(cpuinfo, first);
  const vendorId = first['vendor_id'] ?? '';
  const family = wholeNumber(first['cpu family']);
  const modelNumber = wholeNumber(first['model']);
  const stepping = wholeNumber(first['stepping']);
  const known = x86Model(vendorId, family, modelNumber, stepping);
  return {
    vendor: vendorName(vendorId),
    model: modelName(first['model name'] ?? first['cpu'] ?? first['uarch']),
    family,
    modelNumber,
    stepping,
    microarchitecture: known?.name ?? null,
    nativeVariant: known?.variant ?? null,
  };
}

function identifyArm(cpuinfo: Cpuinfo, first: Fields): Identity {
  const names: string[] = [];
  for (const fields of cpuinfo.processors) {
    const part = ARM_PARTS.find(
      (entry) =>
        entry.implementer === fields['cpu implementer'] && entry.part === fields['cpu part'],
    );
    if (part && !names.includes(part.name)) names.push(part.name);
  }
  return {
    vendor: vendorName(first['cpu implementer'] ?? ''),
    model: modelName(cpuinfo.general['model'] ?? first['model name']),
    family: null,
    modelNumber: null,
    stepping: null,
    microarchitecture: names.length > 0 ? names.join(' + ') : null,
    nativeVariant: null,
  };
}

/** The vendor's usual name; what the CPU says itself where it is not known. */
export function vendorName(id: string): string | null {
  const trimmed = trim(id);
  return VENDORS[trimmed] ?? modelName(trimmed);
}

/** A model name as one clean line: printable ASCII, single spaces, at most 120 characters. */
export function modelName(text: string | undefined): string | null {
  const clean = (text ?? '')
    .replace(/[^\x20-\x7e]/g, ' ')
    .replace(/ +/g, ' ')
    .trim();
  return clean === '' ? null : clean.slice(0, 120);
}

const X86_LEVELS: readonly (readonly [string, readonly string[]])[] = [
  ['x86-64-v2', ['cx16', 'lahf_lm', 'popcnt', 'pni', 'sse4_1', 'sse4_2', 'ssse3']],
  ['x86-64-v3', ['abm', 'avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'movbe', 'xsave']],
  ['x86-64-v4', ['avx512bw', 'avx512cd', 'avx512dq', 'avx512f', 'avx512vl']],
];

/** The microarchitecture level of the x86-64 psABI; null for other architectures. */
export function levelOf(architecture: string, features: readonly string[]): string | null {
  if (architecture !== 'x86_64') return null;
  let level = 'x86-64-v1';
  for (const [name, needed] of X86_LEVELS) {
    if (!needed.every((feature) => features.includes(feature))) break;
    level = name;
  }
  return level;
}
