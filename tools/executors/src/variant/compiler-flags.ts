/** The compiler flag of each CPU feature that upstream's cmake can ask for on x86-64. */
const X86_FLAGS: Readonly<Record<string, string>> = {
  f16c: '-mf16c',
  avx2: '-mavx2',
  fma: '-mfma',
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
