// SPDX-License-Identifier: Apache-2.0
// Upstream compiles its VNNI kernels only with VNNI *and* BF16, so that its vnni
// and avx512 builds are one and the same machine code. Ours needs VNNI alone.
#include "kernels.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#else
#include <immintrin.h>
#endif

#if defined(__AVX512VNNI__)
const char* const dot_int8_path = "avx512_vnni";
static constexpr size_t step = 1;

// vpdpbusd multiplies unsigned by signed bytes. So a + 128 goes in, and the sum
// of b, which the same instruction gives when the other side is 1, is taken off.
// Any n: the loads are masked (vmovdqu8, which is AVX-512BW's), and where b is
// zero a does not matter.
static int32_t blocks(const int8_t* a, const int8_t* b, size_t n) {
  __m512i sum = _mm512_setzero_si512();
  __m512i sum_b = _mm512_setzero_si512();
  for (size_t i = 0; i < n; i += 64) {
    __mmask64 mask = n - i < 64 ? (1ull << (n - i)) - 1 : ~0ull;
    __m512i x = _mm512_maskz_loadu_epi8(mask, a + i);
    __m512i y = _mm512_maskz_loadu_epi8(mask, b + i);
    sum = _mm512_dpbusd_epi32(sum, _mm512_xor_si512(x, _mm512_set1_epi8((char)0x80)), y);
    sum_b = _mm512_dpbusd_epi32(sum_b, _mm512_set1_epi8(1), y);
  }
  // Unsigned, since the parts may overflow where the result does not.
  return (int32_t)((uint32_t)_mm512_reduce_add_epi32(sum) - 128u * (uint32_t)_mm512_reduce_add_epi32(sum_b));
}

#elif defined(__AVX512BW__)
const char* const dot_int8_path = "avx512bw";
static constexpr size_t step = 32;

// Widened to 16 bits, multiplied, and neighbours added in 32 bits.
static int32_t blocks(const int8_t* a, const int8_t* b, size_t n) {
  __m512i sum = _mm512_setzero_si512();
  for (size_t i = 0; i < n; i += step) {
    __m512i x = _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i*)(a + i)));
    __m512i y = _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i*)(b + i)));
    sum = _mm512_add_epi32(sum, _mm512_madd_epi16(x, y));
  }
  return _mm512_reduce_add_epi32(sum);
}

#elif defined(__AVX2__)
const char* const dot_int8_path = "avx2";
static constexpr size_t step = 16;

static int32_t blocks(const int8_t* a, const int8_t* b, size_t n) {
  __m256i sum = _mm256_setzero_si256();
  for (size_t i = 0; i < n; i += step) {
    __m256i x = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i*)(a + i)));
    __m256i y = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i*)(b + i)));
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(x, y));
  }
  __m128i half = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
  half = _mm_hadd_epi32(half, half);
  return _mm_cvtsi128_si32(_mm_hadd_epi32(half, half));
}

#elif defined(__ARM_FEATURE_DOTPROD)
const char* const dot_int8_path = "asimddp";
static constexpr size_t step = 16;

static int32_t blocks(const int8_t* a, const int8_t* b, size_t n) {
  int32x4_t sum = vdupq_n_s32(0);
  for (size_t i = 0; i < n; i += step) sum = vdotq_s32(sum, vld1q_s8(a + i), vld1q_s8(b + i));
  return vaddvq_s32(sum);
}
#endif

// blocks() takes a multiple of `step`; what is left is done one by one.
int32_t dot_int8(const int8_t* a, const int8_t* b, size_t n) {
  size_t whole = n - n % step;
  int32_t sum = blocks(a, b, whole);
  for (size_t i = whole; i < n; i++) sum += a[i] * b[i];
  return sum;
}
