import { baselineFeatures } from './features.ts';
import type { Platform } from './features.ts';

/** The compiler flag of each CPU feature of x86-64 that a level may require. */
const X86_FLAGS: Readonly<Record<string, string>> = {
  cx16: '-mcx16',
  lahf_lm: '-msahf',
  popcnt: '-mpopcnt',
  pni: '-msse3',
  ssse3: '-mssse3',
  sse4_1: '-msse4.1',
  sse4_2: '-msse4.2',
  avx: '-mavx',
  f16c: '-mf16c',
  avx2: '-mavx2',
  fma: '-mfma',
  bmi1: '-mbmi',
  bmi2: '-mbmi2',
  abm: '-mlzcnt',
  movbe: '-mmovbe',
  xsave: '-mxsave',
  avx512f: '-mavx512f',
  avx512cd: '-mavx512cd',
  avx512bw: '-mavx512bw',
  avx512dq: '-mavx512dq',
  avx512vl: '-mavx512vl',
  avx512_vnni: '-mavx512vnni',
  avx512_bf16: '-mavx512bf16',
  avx512_fp16: '-mavx512fp16',
  avx_vnni: '-mavxvnni',
  amx_tile: '-mamx-tile',
  amx_int8: '-mamx-int8',
  amx_bf16: '-mamx-bf16',
  amx_fp16: '-mamx-fp16',
};

/** The g++ flag for a CPU feature of x86-64, or undefined. */
export function compilerFlag(feature: string): string | undefined {
  return X86_FLAGS[feature];
}

/** The CPU feature that a g++ flag stands for on x86-64, or undefined. */
export function featureOfFlag(flag: string): string | undefined {
  return Object.keys(X86_FLAGS).find((feature) => X86_FLAGS[feature] === flag);
}

/** What the compiler may use because every CPU of a level has it: the flags of the baseline in `requires`. */
export function baselineFlags(platform: Platform, requires: readonly string[]): string[] {
  if (platform !== 'linux-x86_64') return [];
  return baselineFeatures(platform)
    .filter((feature) => requires.includes(feature))
    .flatMap((feature) => compilerFlag(feature) ?? []);
}
