import { AARCH64_FEATURES } from '@vllm-cpu/variant/aarch64-features';
import type { Platform } from '@vllm-cpu/variant/features';
import { GUARD_WORDS, X86_FEATURES } from '@vllm-cpu/variant/x86-features';
import type { RegisterState } from '@vllm-cpu/variant/x86-features';

/**
 * Where the guard finds a feature: the word that it read, the bit in it, and, on x86, the state
 * that the kernel must have enabled (XCR0) or be ready to grant for it (XFEATURE bits).
 */
export interface FeatureBit {
  word: number;
  bit: number;
  state: number;
  grant: number;
}

/** XCR0: SSE and AVX registers; those and the three parts of AVX-512; AMX configuration and tiles. */
const STATES: Readonly<Record<RegisterState, Pick<FeatureBit, 'state' | 'grant'>>> = {
  any: { state: 0, grant: 0 },
  ymm: { state: 0x6, grant: 0 },
  zmm: { state: 0xe6, grant: 0 },
  tiles: { state: 0x60000, grant: 0x60000 },
};

/** Where the guard finds each feature that a variant of this platform may require. */
export function featureBits(platform: Platform): Readonly<Record<string, FeatureBit>> {
  return Object.fromEntries(platform === 'linux-x86_64' ? x86Bits() : aarch64Bits());
}

function x86Bits(): [string, FeatureBit][] {
  return X86_FEATURES.flatMap((row) =>
    row.use === 'beyond'
      ? []
      : [
          [
            row.name,
            { word: GUARD_WORDS.indexOf(row.cpuid), bit: row.bit, ...STATES[row.registers] },
          ],
        ],
  );
}

function aarch64Bits(): [string, FeatureBit][] {
  return AARCH64_FEATURES.filter(({ use }) => use !== 'beyond').map(({ name, hwcap, bit }) => [
    name,
    { word: hwcap, bit, ...STATES.any },
  ]);
}
