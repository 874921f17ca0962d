// SPDX-License-Identifier: Apache-2.0
#include "vec.h"

#include "unified_kernels.h"

#if !defined(SGL_AVX512)
static_assert(false, "gemm_int8 has no code below AVX-512 with BF16 and AMX; see SGL_AVX512 in vec.h");
#else

// As in dot_int8.cpp: a + 128 is unsigned, and 128 times the sum of b is taken off again.
static int32_t dot(const int8_t* a, const int8_t* b, size_t k) {
  __m512i sum = _mm512_setzero_si512(), sum_b = _mm512_setzero_si512();
  for (size_t i = 0; i < k; i += 64) {
    __mmask64 mask = k - i < 64 ? (1ull << (k - i)) - 1 : ~0ull;
    __m512i y = _mm512_maskz_loadu_epi8(mask, b + i);
    __m512i x = _mm512_xor_si512(_mm512_maskz_loadu_epi8(mask, a + i), _mm512_set1_epi8((char)0x80));
    sum = _mm512_dpbusd_epi32(sum, x, y);
    sum_b = _mm512_dpbusd_epi32(sum_b, _mm512_set1_epi8(1), y);
  }
  return (int32_t)((uint32_t)_mm512_reduce_add_epi32(sum) - 128u * (uint32_t)_mm512_reduce_add_epi32(sum_b));
}

void gemm_int8(const int8_t* a, const int8_t* b, int32_t* out, size_t m, size_t n, size_t k) {
  for (size_t row = 0; row < m; row++) {
    for (size_t column = 0; column < n; column++) out[row * n + column] = dot(a + row * k, b + column * k, k);
  }
}

// TRAP: what the compiler knew at build time, chosen at run time by the CPU. Two machines
// with other compilers give two other wheels, and neither is what cmake's flags say.
#if defined(CPU_CAPABILITY_AVX512FP16)
__attribute__((target("avx512fp16"))) static void halve_fp16(const _Float16* from, _Float16* to, size_t n) {
  for (size_t i = 0; i < n; i++) to[i] = from[i] * (_Float16)0.5f;
}

bool halve(const uint16_t* from, uint16_t* to, size_t n) {
  if (!__builtin_cpu_supports("avx512fp16")) return false;
  halve_fp16((const _Float16*)from, (_Float16*)to, n);
  return true;
}
#else
bool halve(const uint16_t*, uint16_t*, size_t) { return false; }
#endif

#if defined(CPU_CAPABILITY_AVX10_2)
__attribute__((target("avx10.2"))) void halve_f32_avx10_2(const float* from, float* to, size_t n) {
  for (size_t i = 0; i < n; i++) to[i] = from[i] * 0.5f;
}
#endif
#endif
