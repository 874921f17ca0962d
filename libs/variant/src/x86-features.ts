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

interface Cells<Use extends FeatureUse, Word extends string, Decoder, Label> {
  name: string;
  /** What a table for people calls it, several features alike. Null: not worth naming. */
  label: Label;
  use: Use;
  registers: RegisterState;
  cpuid: Word;
  bit: number;
  /** g++'s. */
  flag: `-m${string}`;
  /** CpuidFeature of iced-x86. Null: the decoder does not tell this feature apart. */
  decoder: Decoder;
  /** How macOS writes it (osfmk/i386/cpuid.c in XNU), in lower case. Null: it does not tell. */
  darwin: string | null;
  /** One instruction, in AT&T syntax, for the assembler and the decoder to be tried on. */
  probe: string;
}

export type X86Feature =
  | Cells<'baseline', GuardWord, string | null, string | null>
  | Cells<'level', GuardWord, string, string>
  | Cells<'beyond', GuardWord | OtherWord, string | null, null>;

function row<Use extends FeatureUse, Word extends string, Decoder, Label>(
  ...[name, label, use, registers, cpuid, bit, flag, decoder, darwin, probe]: [
    name: string,
    label: Label,
    use: Use,
    registers: RegisterState,
    cpuid: Word,
    bit: number,
    flag: `-m${string}`,
    decoder: Decoder,
    darwin: string | null,
    probe: string,
  ]
): Cells<Use, Word, Decoder, Label> {
  return { name, label, use, registers, cpuid, bit, flag, decoder, darwin, probe };
}

// prettier-ignore
export const X86_FEATURES: readonly X86Feature[] = [
  // baseline: What every AVX2 CPU has.
  row('cx16', null, 'baseline', 'any', '1.0.ecx', 13, '-mcx16', 'CMPXCHG16B', 'cx16', 'cmpxchg16b (%rdi)'),
  row('lahf_lm', null, 'baseline', 'any', '80000001.0.ecx', 0, '-msahf', null, 'lahf', 'lahf'),
  row('popcnt', null, 'baseline', 'any', '1.0.ecx', 23, '-mpopcnt', 'POPCNT', 'popcnt', 'popcnt %eax,%ecx'),
  row('pni', null, 'baseline', 'any', '1.0.ecx', 0, '-msse3', 'SSE3', 'sse3', 'addsubps %xmm0,%xmm1'),
  row('ssse3', null, 'baseline', 'any', '1.0.ecx', 9, '-mssse3', 'SSSE3', 'ssse3', 'pshufb %xmm0,%xmm1'),
  row('sse4_1', null, 'baseline', 'any', '1.0.ecx', 19, '-msse4.1', 'SSE4_1', 'sse4.1', 'pminsd %xmm0,%xmm1'),
  row('sse4_2', null, 'baseline', 'any', '1.0.ecx', 20, '-msse4.2', 'SSE4_2', 'sse4.2', 'pcmpgtq %xmm0,%xmm1'),
  row('avx', null, 'baseline', 'ymm', '1.0.ecx', 28, '-mavx', 'AVX', 'avx1.0', 'vaddps %ymm0,%ymm1,%ymm2'),
  row('avx2', 'AVX2', 'baseline', 'ymm', '7.0.ebx', 5, '-mavx2', 'AVX2', 'avx2', 'vpaddd %ymm0,%ymm1,%ymm2'),
  row('bmi1', null, 'baseline', 'any', '7.0.ebx', 3, '-mbmi', 'BMI1', 'bmi1', 'andn %eax,%ecx,%edx'),
  row('bmi2', null, 'baseline', 'any', '7.0.ebx', 8, '-mbmi2', 'BMI2', 'bmi2', 'pdep %eax,%ecx,%edx'),
  row('f16c', null, 'baseline', 'ymm', '1.0.ecx', 29, '-mf16c', 'F16C', 'f16c', 'vcvtph2ps %xmm0,%ymm1'),
  row('fma', null, 'baseline', 'ymm', '1.0.ecx', 12, '-mfma', 'FMA', 'fma', 'vfmadd231ps %ymm0,%ymm1,%ymm2'),
  row('abm', null, 'baseline', 'any', '80000001.0.ecx', 5, '-mlzcnt', 'LZCNT', 'lzcnt', 'lzcnt %eax,%ecx'),
  row('movbe', null, 'baseline', 'any', '1.0.ecx', 22, '-mmovbe', 'MOVBE', 'movbe', 'movbe (%rdi),%eax'),
  row('xsave', null, 'baseline', 'any', '1.0.ecx', 26, '-mxsave', 'XSAVE', 'xsave', 'xgetbv'),

  // level: Lower levels first.
  row('avx512f', 'AVX-512', 'level', 'zmm', '7.0.ebx', 16, '-mavx512f', 'AVX512F', 'avx512f', 'vpaddd %zmm0,%zmm1,%zmm2'),
  row('avx512cd', 'AVX-512', 'level', 'zmm', '7.0.ebx', 28, '-mavx512cd', 'AVX512CD', 'avx512cd', 'vpconflictd %zmm0,%zmm1'),
  row('avx512bw', 'AVX-512', 'level', 'zmm', '7.0.ebx', 30, '-mavx512bw', 'AVX512BW', 'avx512bw', 'vpaddb %zmm0,%zmm1,%zmm2'),
  row('avx512dq', 'AVX-512', 'level', 'zmm', '7.0.ebx', 17, '-mavx512dq', 'AVX512DQ', 'avx512dq', 'vpmullq %zmm0,%zmm1,%zmm2'),
  row('avx512vl', 'AVX-512', 'level', 'zmm', '7.0.ebx', 31, '-mavx512vl', 'AVX512VL', 'avx512vl', 'vpaddd %ymm16,%ymm17,%ymm18'),
  row('avx512_vnni', 'VNNI', 'level', 'zmm', '7.0.ecx', 11, '-mavx512vnni', 'AVX512_VNNI', 'avx512vnni', 'vpdpbusd %zmm0,%zmm1,%zmm2'),
  row('avx512_bf16', 'BF16', 'level', 'zmm', '7.1.eax', 5, '-mavx512bf16', 'AVX512_BF16', null, 'vdpbf16ps %zmm0,%zmm1,%zmm2'),
  row('amx_tile', 'AMX', 'level', 'tiles', '7.0.edx', 24, '-mamx-tile', 'AMX_TILE', null, 'tilezero %tmm0'),
  row('amx_int8', 'AMX', 'level', 'tiles', '7.0.edx', 25, '-mamx-int8', 'AMX_INT8', null, 'tdpbssd %tmm0,%tmm1,%tmm2'),
  row('amx_bf16', 'AMX', 'level', 'tiles', '7.0.edx', 22, '-mamx-bf16', 'AMX_BF16', null, 'tdpbf16ps %tmm0,%tmm1,%tmm2'),
  row('avx512ifma', 'IFMA', 'level', 'zmm', '7.0.ebx', 21, '-mavx512ifma', 'AVX512_IFMA', 'avx512ifma', 'vpmadd52luq %zmm0,%zmm1,%zmm2'),
  row('avx512vbmi', 'VBMI', 'level', 'zmm', '7.0.ecx', 1, '-mavx512vbmi', 'AVX512_VBMI', 'avx512vbmi', 'vpermb %zmm0,%zmm1,%zmm2'),
  row('avx512_vbmi2', 'VBMI2', 'level', 'zmm', '7.0.ecx', 6, '-mavx512vbmi2', 'AVX512_VBMI2', null, 'vpshldd $1,%zmm0,%zmm1,%zmm2'),
  row('avx512_bitalg', 'BITALG', 'level', 'zmm', '7.0.ecx', 12, '-mavx512bitalg', 'AVX512_BITALG', 'avx512bitalg', 'vpopcntb %zmm0,%zmm1'),
  row('avx512_vpopcntdq', 'VPOPCNTDQ', 'level', 'zmm', '7.0.ecx', 14, '-mavx512vpopcntdq', 'AVX512_VPOPCNTDQ', 'avx512vpopcntdq', 'vpopcntd %zmm0,%zmm1'),
  row('avx512_fp16', 'FP16', 'level', 'zmm', '7.0.edx', 23, '-mavx512fp16', 'AVX512_FP16', null, 'vaddph %zmm0,%zmm1,%zmm2'),
  row('avx_vnni', 'AVX-VNNI', 'level', 'ymm', '7.1.eax', 4, '-mavxvnni', 'AVX_VNNI', null, '{vex} vpdpbusd %ymm0,%ymm1,%ymm2'),
  row('amx_fp16', 'AMX', 'level', 'tiles', '7.1.eax', 21, '-mamx-fp16', 'AMX_FP16', null, 'tdpfp16ps %tmm0,%tmm1,%tmm2'),

  // beyond: AVX10.2 is a version in leaf 24, of which this bit says that it is there at all.
  row('amx_fp8', null, 'beyond', 'tiles', '1e.1.eax', 4, '-mamx-fp8', null, null, 'tdpbf8ps %tmm0,%tmm1,%tmm2'),
  row('avx10_2', null, 'beyond', 'zmm', '7.1.edx', 19, '-mavx10.2', null, null, 'vaddbf16 %zmm0,%zmm1,%zmm2'),
  row('avx_ifma', null, 'beyond', 'ymm', '7.1.eax', 23, '-mavxifma', 'AVX_IFMA', null, '{vex} vpmadd52luq %ymm0,%ymm1,%ymm2'),
  row('avx_vnni_int8', null, 'beyond', 'ymm', '7.1.edx', 4, '-mavxvnniint8', 'AVX_VNNI_INT8', null, 'vpdpbssd %ymm0,%ymm1,%ymm2'),
  row('gfni', null, 'beyond', 'any', '7.0.ecx', 8, '-mgfni', 'GFNI', 'gfni', 'gf2p8mulb %xmm0,%xmm1'),
  row('vaes', null, 'beyond', 'ymm', '7.0.ecx', 9, '-mvaes', 'VAES', 'vaes', 'vaesenc %ymm0,%ymm1,%ymm2'),
  row('vpclmulqdq', null, 'beyond', 'ymm', '7.0.ecx', 10, '-mvpclmulqdq', 'VPCLMULQDQ', 'vpclmulqdq', 'vpclmulqdq $0,%ymm0,%ymm1,%ymm2'),
  row('aes', null, 'beyond', 'any', '1.0.ecx', 25, '-maes', 'AES', 'aes', 'aesenc %xmm0,%xmm1'),
  row('pclmulqdq', null, 'beyond', 'any', '1.0.ecx', 1, '-mpclmul', 'PCLMULQDQ', 'pclmulqdq', 'pclmulqdq $0,%xmm0,%xmm1'),
  row('sha_ni', null, 'beyond', 'any', '7.0.ebx', 29, '-msha', 'SHA', 'sha', 'sha256msg1 %xmm0,%xmm1'),
  row('rdrand', null, 'beyond', 'any', '1.0.ecx', 30, '-mrdrnd', 'RDRAND', 'rdrand', 'rdrand %eax'),
  row('ptwrite', null, 'beyond', 'any', '14.0.ebx', 4, '-mptwrite', 'PTWRITE', null, 'ptwrite %eax'),
  row('mwaitx', null, 'beyond', 'any', '80000001.0.ecx', 29, '-mmwaitx', 'MONITORX', null, 'monitorx %rax,%ecx,%edx'),
];
