import { levelOf } from '@vllm-cpu/variant/model';
import type { Variant } from '@vllm-cpu/variant/model';
import type { Platform } from '@vllm-cpu/variant/features';

/** What people call the CPU features that tell the levels apart, lowest first. */
const SETS: readonly (readonly [name: string, feature: string])[] = [
  ['AVX2', 'avx2'],
  ['AVX-512', 'avx512f'],
  ['VNNI', 'avx512_vnni'],
  ['BF16', 'avx512_bf16'],
  ['AMX', 'amx_bf16'],
  ['FP16', 'asimdhp'],
  ['DotProd', 'asimddp'],
  ['BF16', 'bf16'],
  ['SVE', 'sve'],
];

/** The levels of one platform, and the sets that at least one of them requires. */
export interface Ladder {
  sets: readonly { name: string; feature: string }[];
  levels: readonly { variant: Variant; has: ReadonlySet<string> }[];
}

/** The lowest level first. */
export function ladderOf(variants: readonly Variant[], platform: Platform): Ladder {
  const levels = variants
    .flatMap((variant) => {
      const level = levelOf(variant, platform);
      return level ? [{ variant, has: new Set(level.requires) }] : [];
    })
    .sort((a, b) => a.variant.rank - b.variant.rank);
  const sets = SETS.filter(([, feature]) => levels.some(({ has }) => has.has(feature)));
  return { sets: sets.map(([name, feature]) => ({ name, feature })), levels };
}
