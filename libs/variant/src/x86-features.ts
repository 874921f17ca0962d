/**
 * One row per CPU feature of x86-64: the only place that knows its flag, its CPUID bit, its
 * instruction and the decoder's name for it. Names are those of /proc/cpuinfo:
 * arch/x86/include/asm/cpufeatures.h in Linux. CPUID bits: Intel SDM vol. 2A, CPUID; AMD APM vol. 3,
 * appendix E.
 */

/**
 * Who may rely on it. `baseline`: every wheel (x86-64-v3 of the psABI). `level`: a variant that names
 * it in variant.json. `beyond`: no variant; what is compiled for it is named, judged and refused, or
 * allowed where it is behind a test of the CPU.
 */
export type FeatureUse = 'baseline' | 'level' | 'beyond';

/** Registers that the kernel must have enabled for it, or, for tiles, must be asked for. */
export type RegisterState = 'any' | 'ymm' | 'zmm' | 'tiles';

/** A CPUID register, `leaf.subleaf.register`, that the guard of a wheel reads, in its order. */
export const GUARD_WORDS = [
  ...['1.0.ecx', '7.0.ebx', '7.0.ecx', '7.0.edx', '7.1.eax', '80000001.0.ecx'],
] as const;
export type GuardWord =
  '1.0.ecx' | '7.0.ebx' | '7.0.ecx' | '7.0.edx' | '7.1.eax' | '80000001.0.ecx';

/** What no wheel requires may be said by a register that the guard does not read. */
type OtherWord = '7.1.edx' | '14.0.ebx' | '1e.1.eax';

interface Cells<Use extends FeatureUse, Word extends string, Decoder> {
  name: string;
  use: Use;
  registers: RegisterState;
  cpuid: Word;
  bit: number;
  /** g++'s. */
  flag: `-m${string}`;
  /** CpuidFeature of iced-x86. Null: the decoder does not tell this feature apart. */
  decoder: Decoder;
  /** One instruction, in AT&T syntax, for the assembler and the decoder to be tried on. */
  probe: string;
}

export type X86Feature =
  | Cells<'baseline', GuardWord, string | null>
  | Cells<'level', GuardWord, string>
  | Cells<'beyond', GuardWord | OtherWord, string | null>;

function row<Use extends FeatureUse, Word extends string, Decoder>(
  ...[name, use, registers, cpuid, bit, flag, decoder, probe]: [
    name: string,
    use: Use,
    registers: RegisterState,
    cpuid: Word,
    bit: number,
    flag: `-m${string}`,
    decoder: Decoder,
    probe: string,
  ]
): Cells<Use, Word, Decoder> {
  return { name, use, registers, cpuid, bit, flag, decoder, probe };
}

// prettier-ignore
export const X86_FEATURES: readonly X86Feature[] = [
  // baseline: What every AVX2 CPU has.
  row('cx16', 'baseline', 'any', '1.0.ecx', 13, '-mcx16', 'CMPXCHG16B', 'cmpxchg16b (%rdi)'),
  row('lahf_lm', 'baseline', 'any', '80000001.0.ecx', 0, '-msahf', null, 'lahf'),
  row('popcnt', 'baseline', 'any', '1.0.ecx', 23, '-mpopcnt', 'POPCNT', 'popcnt %eax,%ecx'),
  row('pni', 'baseline', 'any', '1.0.ecx', 0, '-msse3', 'SSE3', 'addsubps %xmm0,%xmm1'),
  row('ssse3', 'baseline', 'any', '1.0.ecx', 9, '-mssse3', 'SSSE3', 'pshufb %xmm0,%xmm1'),
  row('sse4_1', 'baseline', 'any', '1.0.ecx', 19, '-msse4.1', 'SSE4_1', 'pminsd %xmm0,%xmm1'),
  row('sse4_2', 'baseline', 'any', '1.0.ecx', 20, '-msse4.2', 'SSE4_2', 'pcmpgtq %xmm0,%xmm1'),
  row('avx', 'baseline', 'ymm', '1.0.ecx', 28, '-mavx', 'AVX', 'vaddps %ymm0,%ymm1,%ymm2'),
  row('avx2', 'baseline', 'ymm', '7.0.ebx', 5, '-mavx2', 'AVX2', 'vpaddd %ymm0,%ymm1,%ymm2'),
  row('bmi1', 'baseline', 'any', '7.0.ebx', 3, '-mbmi', 'BMI1', 'andn %eax,%ecx,%edx'),
  row('bmi2', 'baseline', 'any', '7.0.ebx', 8, '-mbmi2', 'BMI2', 'pdep %eax,%ecx,%edx'),
  row('f16c', 'baseline', 'ymm', '1.0.ecx', 29, '-mf16c', 'F16C', 'vcvtph2ps %xmm0,%ymm1'),
  row('fma', 'baseline', 'ymm', '1.0.ecx', 12, '-mfma', 'FMA', 'vfmadd231ps %ymm0,%ymm1,%ymm2'),
  row('abm', 'baseline', 'any', '80000001.0.ecx', 5, '-mlzcnt', 'LZCNT', 'lzcnt %eax,%ecx'),
  row('movbe', 'baseline', 'any', '1.0.ecx', 22, '-mmovbe', 'MOVBE', 'movbe (%rdi),%eax'),
  row('xsave', 'baseline', 'any', '1.0.ecx', 26, '-mxsave', 'XSAVE', 'xgetbv'),

  // level: Lower levels first.
  row('avx512f', 'level', 'zmm', '7.0.ebx', 16, '-mavx512f', 'AVX512F', 'vpaddd %zmm0,%zmm1,%zmm2'),
  row('avx512cd', 'level', 'zmm', '7.0.ebx', 28, '-mavx512cd', 'AVX512CD', 'vpconflictd %zmm0,%zmm1'),
  row('avx512bw', 'level', 'zmm', '7.0.ebx', 30, '-mavx512bw', 'AVX512BW', 'vpaddb %zmm0,%zmm1,%zmm2'),
  row('avx512dq', 'level', 'zmm', '7.0.ebx', 17, '-mavx512dq', 'AVX512DQ', 'vpmullq %zmm0,%zmm1,%zmm2'),
  row('avx512vl', 'level', 'zmm', '7.0.ebx', 31, '-mavx512vl', 'AVX512VL', 'vpaddd %ymm16,%ymm17,%ymm18'),
  row('avx512_vnni', 'level', 'zmm', '7.0.ecx', 11, '-mavx512vnni', 'AVX512_VNNI', 'vpdpbusd %zmm0,%zmm1,%zmm2'),
  row('avx512_bf16', 'level', 'zmm', '7.1.eax', 5, '-mavx512bf16', 'AVX512_BF16', 'vdpbf16ps %zmm0,%zmm1,%zmm2'),
  row('amx_tile', 'level', 'tiles', '7.0.edx', 24, '-mamx-tile', 'AMX_TILE', 'tilezero %tmm0'),
  row('amx_int8', 'level', 'tiles', '7.0.edx', 25, '-mamx-int8', 'AMX_INT8', 'tdpbssd %tmm0,%tmm1,%tmm2'),
  row('amx_bf16', 'level', 'tiles', '7.0.edx', 22, '-mamx-bf16', 'AMX_BF16', 'tdpbf16ps %tmm0,%tmm1,%tmm2'),
  row('avx512ifma', 'level', 'zmm', '7.0.ebx', 21, '-mavx512ifma', 'AVX512_IFMA', 'vpmadd52luq %zmm0,%zmm1,%zmm2'),
  row('avx512vbmi', 'level', 'zmm', '7.0.ecx', 1, '-mavx512vbmi', 'AVX512_VBMI', 'vpermb %zmm0,%zmm1,%zmm2'),
  row('avx512_vbmi2', 'level', 'zmm', '7.0.ecx', 6, '-mavx512vbmi2', 'AVX512_VBMI2', 'vpshldd $1,%zmm0,%zmm1,%zmm2'),
  row('avx512_bitalg', 'level', 'zmm', '7.0.ecx', 12, '-mavx512bitalg', 'AVX512_BITALG', 'vpopcntb %zmm0,%zmm1'),
  row('avx512_vpopcntdq', 'level', 'zmm', '7.0.ecx', 14, '-mavx512vpopcntdq', 'AVX512_VPOPCNTDQ', 'vpopcntd %zmm0,%zmm1'),
  row('avx512_fp16', 'level', 'zmm', '7.0.edx', 23, '-mavx512fp16', 'AVX512_FP16', 'vaddph %zmm0,%zmm1,%zmm2'),
  row('avx_vnni', 'level', 'ymm', '7.1.eax', 4, '-mavxvnni', 'AVX_VNNI', '{vex} vpdpbusd %ymm0,%ymm1,%ymm2'),
  row('amx_fp16', 'level', 'tiles', '7.1.eax', 21, '-mamx-fp16', 'AMX_FP16', 'tdpfp16ps %tmm0,%tmm1,%tmm2'),

  // beyond: AVX10.2 is a version in leaf 24, of which this bit says that it is there at all.
  row('amx_fp8', 'beyond', 'tiles', '1e.1.eax', 4, '-mamx-fp8', null, 'tdpbf8ps %tmm0,%tmm1,%tmm2'),
  row('avx10_2', 'beyond', 'zmm', '7.1.edx', 19, '-mavx10.2', null, 'vaddbf16 %zmm0,%zmm1,%zmm2'),
  row('avx_ifma', 'beyond', 'ymm', '7.1.eax', 23, '-mavxifma', 'AVX_IFMA', '{vex} vpmadd52luq %ymm0,%ymm1,%ymm2'),
  row('avx_vnni_int8', 'beyond', 'ymm', '7.1.edx', 4, '-mavxvnniint8', 'AVX_VNNI_INT8', 'vpdpbssd %ymm0,%ymm1,%ymm2'),
  row('gfni', 'beyond', 'any', '7.0.ecx', 8, '-mgfni', 'GFNI', 'gf2p8mulb %xmm0,%xmm1'),
  row('vaes', 'beyond', 'ymm', '7.0.ecx', 9, '-mvaes', 'VAES', 'vaesenc %ymm0,%ymm1,%ymm2'),
  row('vpclmulqdq', 'beyond', 'ymm', '7.0.ecx', 10, '-mvpclmulqdq', 'VPCLMULQDQ', 'vpclmulqdq $0,%ymm0,%ymm1,%ymm2'),
  row('aes', 'beyond', 'any', '1.0.ecx', 25, '-maes', 'AES', 'aesenc %xmm0,%xmm1'),
  row('pclmulqdq', 'beyond', 'any', '1.0.ecx', 1, '-mpclmul', 'PCLMULQDQ', 'pclmulqdq $0,%xmm0,%xmm1'),
  row('sha_ni', 'beyond', 'any', '7.0.ebx', 29, '-msha', 'SHA', 'sha256msg1 %xmm0,%xmm1'),
  row('rdrand', 'beyond', 'any', '1.0.ecx', 30, '-mrdrnd', 'RDRAND', 'rdrand %eax'),
  row('ptwrite', 'beyond', 'any', '14.0.ebx', 4, '-mptwrite', 'PTWRITE', 'ptwrite %eax'),
  row('mwaitx', 'beyond', 'any', '80000001.0.ecx', 29, '-mmwaitx', 'MONITORX', 'monitorx %rax,%ecx,%edx'),
];
