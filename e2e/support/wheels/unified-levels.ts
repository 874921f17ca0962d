import type { Counts } from './disassembly.ts';
import type { VariantName } from './results.ts';

/** The one module of each level under upstream's own name, and what it has at work. */
export const LEVELS: Record<VariantName, { module: string; kinds: readonly (keyof Counts)[] }> = {
  noavx512: { module: '_C_AVX2', kinds: ['avx2'] },
  avx512: { module: '_C_AVX512', kinds: ['avx2', 'evex', 'zmm', 'mask'] },
  avx512vnni: { module: '_C_AVX512', kinds: ['avx2', 'evex', 'zmm', 'mask'] },
  avx512bf16: { module: '_C', kinds: ['avx2', 'evex', 'zmm', 'mask', 'vnni', 'bf16'] },
  amxbf16: {
    module: '_C',
    kinds: ['avx2', 'evex', 'zmm', 'mask', 'vnni', 'bf16', 'amxTile', 'amxBf16'],
  },
};

/** What each level computes with, on whatever CPU. */
export const PATHS: Record<VariantName, Record<string, string>> = {
  noavx512: { attention: 'avx2', matmul_int8: 'avx2', matmul_bf16: 'avx2' },
  avx512: { attention: 'avx512f', matmul_int8: 'avx512bw', matmul_bf16: 'avx512f' },
  avx512vnni: { attention: 'avx512f', matmul_int8: 'avx512bw', matmul_bf16: 'avx512f' },
  avx512bf16: { attention: 'avx512f', matmul_int8: 'avx512_vnni', matmul_bf16: 'avx512_bf16' },
  amxbf16: { attention: 'amx_bf16', matmul_int8: 'avx512_vnni', matmul_bf16: 'avx512_bf16' },
};
