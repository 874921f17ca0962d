/**
 * CPU features in the spelling of /proc/cpuinfo, by platform. The kernel's names are the one
 * vocabulary of this project: see arch/x86/include/asm/cpufeatures.h and
 * arch/arm64/kernel/cpuinfo.c in Linux.
 */
export const PLATFORMS = ['linux-x86_64', 'linux-aarch64'] as const;
export type Platform = (typeof PLATFORMS)[number];

/** x86-64-v3 of the x86-64 psABI: what every AVX2 CPU has. */
export const X86_64_BASELINE = [
  'cx16',
  'lahf_lm',
  'popcnt',
  'pni',
  'ssse3',
  'sse4_1',
  'sse4_2',
  'avx',
  'avx2',
  'bmi1',
  'bmi2',
  'f16c',
  'fma',
  'abm',
  'movbe',
  'xsave',
] as const;

/** armv8.2-a with fp16 and dotprod: what upstream compiles for. */
export const AARCH64_BASELINE = [
  'fp',
  'asimd',
  'crc32',
  'atomics',
  'fphp',
  'asimdhp',
  'asimdrdm',
  'asimddp',
] as const;

/** Features beyond the baseline that a variant may name, lower levels first. */
const X86_64_LEVELS = [
  'avx512f',
  'avx512cd',
  'avx512bw',
  'avx512dq',
  'avx512vl',
  'avx512_vnni',
  'avx512_bf16',
  'amx_tile',
  'amx_int8',
  'amx_bf16',
  'avx512ifma',
  'avx512vbmi',
  'avx512_vbmi2',
  'avx512_bitalg',
  'avx512_vpopcntdq',
  'avx512_fp16',
  'avx_vnni',
  'amx_fp16',
] as const;

const AARCH64_LEVELS = ['bf16', 'i8mm', 'sve', 'svebf16', 'sve2'] as const;

const KNOWN: Record<Platform, readonly string[]> = {
  'linux-x86_64': [...X86_64_BASELINE, ...X86_64_LEVELS],
  'linux-aarch64': [...AARCH64_BASELINE, ...AARCH64_LEVELS],
};

const BASELINES: Record<Platform, readonly string[]> = {
  'linux-x86_64': X86_64_BASELINE,
  'linux-aarch64': AARCH64_BASELINE,
};

/** Every feature that a variant of this platform may name. */
export function knownFeatures(platform: Platform): readonly string[] {
  return KNOWN[platform];
}

/** The features that every wheel for this platform may use. */
export function baselineFeatures(platform: Platform): readonly string[] {
  return BASELINES[platform];
}

/** Node's (process.arch, process.platform) as a platform of ours, or undefined. */
export function hostPlatform(
  arch: string = process.arch,
  system: string = process.platform,
): Platform | undefined {
  if (system !== 'linux') return undefined;
  if (arch === 'x64') return 'linux-x86_64';
  return arch === 'arm64' ? 'linux-aarch64' : undefined;
}

/** The machine part of a platform as wheels and uname spell it: x86_64, aarch64. */
export function machineOf(platform: Platform): 'x86_64' | 'aarch64' {
  return platform === 'linux-x86_64' ? 'x86_64' : 'aarch64';
}
