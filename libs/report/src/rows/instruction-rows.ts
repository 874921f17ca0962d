import { AARCH64_FEATURES } from '@vllm-cpu/variant/aarch64-features';
import { X86_FEATURES } from '@vllm-cpu/variant/x86-features';
import type { FeatureUse } from '@vllm-cpu/variant/x86-features';
import type { Report, ReportModule } from '../report.ts';

/** One instruction set of one module. */
export interface InstructionRow {
  feature: string;
  /** Instructions that need it. */
  count: number;
  /** base: every CPU of the lowest level has it. level: this level asks for it. beyond: it does not. */
  kind: 'base' | 'level' | 'beyond';
  /** Seen in reviewed functions only, behind a test of the CPU. */
  reviewed: boolean;
}

interface NamedFeature {
  name: string;
  use: FeatureUse;
}

const ORDER: readonly NamedFeature[] = [...X86_FEATURES, ...AARCH64_FEATURES];

/**
 * The instruction sets of a module, the lowest first. Of the kernels also those that the level requires and
 * the code has none of: a bar that is not there says so. Of several kernel modules each has a level of its own:
 * what the CPU is asked for before it is loaded.
 */
export function instructionRows(
  module: ReportModule,
  { requires }: Pick<Report, 'requires'>,
): InstructionRow[] {
  const required = requires && [...requires, ...(module.gate?.asked ?? [])];
  const levels = (required ?? []).filter((name) => useOf(name) === 'level');
  const promised = isKernel(module) ? levels : [];
  const names = new Set([...Object.keys(module.histogram), ...promised]);
  return [...names]
    .sort((a, b) => placeOf(a) - placeOf(b) || (a < b ? -1 : 1))
    .map((feature) => ({
      feature,
      count: module.histogram[feature] ?? 0,
      kind: kindOf(feature, required),
      reviewed: module.excepted.includes(feature),
    }));
}

/** The modules with code: those with vLLM's kernels first, then those with the most of it. */
export function modulesWithCode({ modules }: Pick<Report, 'modules'>): ReportModule[] {
  return modules
    .filter(({ instructions }) => instructions > 0)
    .sort(
      (a, b) =>
        Number(isKernel(b)) - Number(isKernel(a)) ||
        b.instructions - a.instructions ||
        (a.file < b.file ? -1 : 1),
    );
}

/** Upstream's module with the kernels of one level: _C, _C_AVX2, _C_AVX512. */
function isKernel({ file }: Pick<ReportModule, 'file'>): boolean {
  return /(^|\/)_C(_AVX\w+)?\.[^/]*so$/.test(file);
}

function kindOf(feature: string, required: readonly string[] | null): InstructionRow['kind'] {
  const use = useOf(feature);
  if (use === 'baseline') return 'base';
  // Without a variant nothing was promised: it is what it is.
  if (!required) return use === 'beyond' ? 'beyond' : 'level';
  return required.includes(feature) ? 'level' : 'beyond';
}

function useOf(feature: string): FeatureUse {
  return ORDER.find(({ name }) => name === feature)?.use ?? 'beyond';
}

function placeOf(feature: string): number {
  const place = ORDER.findIndex(({ name }) => name === feature);
  return place < 0 ? ORDER.length : place;
}
