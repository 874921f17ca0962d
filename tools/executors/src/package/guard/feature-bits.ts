import type { Platform } from '../../variant/features.ts';

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

/** Words of cpu_features.c. */
const [LEAF1_ECX, LEAF7_EBX, LEAF7_ECX, LEAF7_EDX, LEAF7_1_EAX, EXTENDED_ECX] = [0, 1, 2, 3, 4, 5];
/** SSE and AVX registers; those and the three parts of AVX-512; AMX configuration and tiles. */
const YMM = 0x6;
const ZMM = 0xe6;
const TILES = 0x60000;

function x86(word: number, bit: number, state = 0, grant = 0): FeatureBit {
  return { word, bit, state, grant };
}

/** arch/x86/include/asm/cpufeatures.h in Linux; Intel SDM vol. 2A, CPUID. */
const X86_64: Readonly<Record<string, FeatureBit>> = {
  pni: x86(LEAF1_ECX, 0),
  ssse3: x86(LEAF1_ECX, 9),
  fma: x86(LEAF1_ECX, 12, YMM),
  cx16: x86(LEAF1_ECX, 13),
  sse4_1: x86(LEAF1_ECX, 19),
  sse4_2: x86(LEAF1_ECX, 20),
  movbe: x86(LEAF1_ECX, 22),
  popcnt: x86(LEAF1_ECX, 23),
  xsave: x86(LEAF1_ECX, 26),
  avx: x86(LEAF1_ECX, 28, YMM),
  f16c: x86(LEAF1_ECX, 29, YMM),
  lahf_lm: x86(EXTENDED_ECX, 0),
  abm: x86(EXTENDED_ECX, 5),
  bmi1: x86(LEAF7_EBX, 3),
  avx2: x86(LEAF7_EBX, 5, YMM),
  bmi2: x86(LEAF7_EBX, 8),
  avx512f: x86(LEAF7_EBX, 16, ZMM),
  avx512dq: x86(LEAF7_EBX, 17, ZMM),
  avx512ifma: x86(LEAF7_EBX, 21, ZMM),
  avx512cd: x86(LEAF7_EBX, 28, ZMM),
  avx512bw: x86(LEAF7_EBX, 30, ZMM),
  avx512vl: x86(LEAF7_EBX, 31, ZMM),
  avx512vbmi: x86(LEAF7_ECX, 1, ZMM),
  avx512_vbmi2: x86(LEAF7_ECX, 6, ZMM),
  avx512_vnni: x86(LEAF7_ECX, 11, ZMM),
  avx512_bitalg: x86(LEAF7_ECX, 12, ZMM),
  avx512_vpopcntdq: x86(LEAF7_ECX, 14, ZMM),
  amx_bf16: x86(LEAF7_EDX, 22, TILES, TILES),
  avx512_fp16: x86(LEAF7_EDX, 23, ZMM),
  amx_tile: x86(LEAF7_EDX, 24, TILES, TILES),
  amx_int8: x86(LEAF7_EDX, 25, TILES, TILES),
  avx_vnni: x86(LEAF7_1_EAX, 4, YMM),
  avx512_bf16: x86(LEAF7_1_EAX, 5, ZMM),
  amx_fp16: x86(LEAF7_1_EAX, 21, TILES, TILES),
};

function arm(word: 0 | 1, bit: number): FeatureBit {
  return { word, bit, state: 0, grant: 0 };
}

/** AT_HWCAP (0) and AT_HWCAP2 (1): arch/arm64/include/uapi/asm/hwcap.h in Linux. */
const AARCH64: Readonly<Record<string, FeatureBit>> = {
  fp: arm(0, 0),
  asimd: arm(0, 1),
  crc32: arm(0, 7),
  atomics: arm(0, 8),
  fphp: arm(0, 9),
  asimdhp: arm(0, 10),
  asimdrdm: arm(0, 12),
  asimddp: arm(0, 20),
  sve: arm(0, 22),
  sve2: arm(1, 1),
  svebf16: arm(1, 12),
  i8mm: arm(1, 13),
  bf16: arm(1, 14),
};

/** Where the guard finds each feature that a variant of this platform may require. */
export function featureBits(platform: Platform): Readonly<Record<string, FeatureBit>> {
  return platform === 'linux-x86_64' ? X86_64 : AARCH64;
}
