// SPDX-License-Identifier: Apache-2.0
#include "kernels.h"

const char* const compiled_isa[] = {
#ifdef __AVX2__
    "avx2",
#endif
#ifdef __F16C__
    "f16c",
#endif
#ifdef __FMA__
    "fma",
#endif
#ifdef __AVX512F__
    "avx512f",
#endif
#ifdef __AVX512CD__
    "avx512cd",
#endif
#ifdef __AVX512BW__
    "avx512bw",
#endif
#ifdef __AVX512DQ__
    "avx512dq",
#endif
#ifdef __AVX512VL__
    "avx512vl",
#endif
#ifdef __AVX512VNNI__
    "avx512_vnni",
#endif
#ifdef __AVX512BF16__
    "avx512_bf16",
#endif
#ifdef __AMX_TILE__
    "amx_tile",
#endif
#ifdef __AMX_INT8__
    "amx_int8",
#endif
#ifdef __AMX_BF16__
    "amx_bf16",
#endif
#ifdef __aarch64__
    "asimd",
#endif
#ifdef __ARM_FEATURE_FP16_VECTOR_ARITHMETIC
    "asimdhp",
#endif
#ifdef __ARM_FEATURE_DOTPROD
    "asimddp",
#endif
#ifdef __ARM_FEATURE_BF16_VECTOR_ARITHMETIC
    "bf16",
#endif
    nullptr};
