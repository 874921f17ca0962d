import type { FeatureUse } from './x86-features.ts';

/**
 * One row per CPU feature of aarch64, as x86-features.ts has for x86-64. Names are those of
 * /proc/cpuinfo: arch/arm64/kernel/cpuinfo.c in Linux; bits: arch/arm64/include/uapi/asm/hwcap.h.
 */
export interface Aarch64Feature {
  name: string;
  /** As in x86-features.ts. */
  label: string | null;
  use: FeatureUse;
  /** AT_HWCAP (0) or AT_HWCAP2 (1), and the bit in it. */
  hwcap: 0 | 1;
  bit: number;
  /** What g++ wants behind `-march=armv8.2-a+`. */
  extension: string;
  /** The decoder's name, as in isa/aarch64-encodings.ts. Null: it does not tell this feature apart. */
  decoder: string | null;
  /** One instruction for the assembler and the decoder to be tried on. */
  probe: string;
}

function row(
  ...[name, label, use, hwcap, bit, extension, decoder, probe]: [
    name: string,
    label: string | null,
    use: FeatureUse,
    hwcap: 0 | 1,
    bit: number,
    extension: string,
    decoder: string | null,
    probe: string,
  ]
): Aarch64Feature {
  return { name, label, use, hwcap, bit, extension, decoder, probe };
}

// prettier-ignore
export const AARCH64_FEATURES: readonly Aarch64Feature[] = [
  // baseline: armv8.2-a with fp16 and dotprod, what upstream compiles for.
  row('fp', null, 'baseline', 0, 0, 'fp', 'fp', 'fadd s0,s1,s2'),
  row('asimd', null, 'baseline', 0, 1, 'simd', 'asimd', 'add v0.4s,v1.4s,v2.4s'),
  row('crc32', null, 'baseline', 0, 7, 'crc', 'crc32', 'crc32w w0,w1,w2'),
  row('atomics', null, 'baseline', 0, 8, 'lse', 'atomics', 'ldadd w0,w1,[x2]'),
  row('fphp', null, 'baseline', 0, 9, 'fp16', 'fphp', 'fadd h0,h1,h2'),
  row('asimdhp', 'FP16', 'baseline', 0, 10, 'fp16', 'asimdhp', 'fadd v0.8h,v1.8h,v2.8h'),
  row('asimdrdm', null, 'baseline', 0, 12, 'rdma', 'asimdrdm', 'sqrdmlah v0.4s,v1.4s,v2.4s'),
  row('asimddp', 'DotProd', 'baseline', 0, 20, 'dotprod', 'asimddp', 'sdot v0.4s,v1.16b,v2.16b'),

  // level
  row('bf16', 'BF16', 'level', 1, 14, 'bf16', 'bf16', 'bfdot v0.4s,v1.8h,v2.8h'),
  row('i8mm', 'I8MM', 'level', 1, 13, 'i8mm', 'i8mm', 'smmla v0.4s,v1.16b,v2.16b'),
  row('sve', 'SVE', 'level', 0, 22, 'sve', 'sve', 'add z0.s,z1.s,z2.s'),
  row('svebf16', 'SVE', 'level', 1, 12, 'sve+bf16', 'svebf16', 'bfdot z0.s,z1.h,z2.h'),

  // beyond: to the decoder SVE2 is SVE, so that no wheel could be proven to use it.
  row('sve2', null, 'beyond', 1, 1, 'sve2', null, 'sqrdmlah z0.s,z1.s,z2.s'),
];
