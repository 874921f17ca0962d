// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "kernels.h"
#include "vec.h"

static float widen(uint16_t x) {
  uint32_t bits = (uint32_t)x << 16;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

#if defined(__AVX512BF16__)
const char* const matmul_bf16_path = "avx512_bf16";

static float dot(const uint16_t* a, const uint16_t* b, size_t k) {
  __m512 sum = _mm512_setzero_ps();
  for (size_t i = 0; i < k; i += 32) {
    __mmask32 mask = k - i < 32 ? (1u << (k - i)) - 1 : 0xffffffffu;
    __m512i x = _mm512_maskz_loadu_epi16(mask, a + i);
    __m512i y = _mm512_maskz_loadu_epi16(mask, b + i);
    sum = _mm512_dpbf16_ps(sum, (__m512bh)x, (__m512bh)y);
  }
  return _mm512_reduce_add_ps(sum);
}

#elif defined(__ARM_FEATURE_BF16_VECTOR_ARITHMETIC)
const char* const matmul_bf16_path = "bf16";

static float dot(const uint16_t* a, const uint16_t* b, size_t k) {
  float32x4_t sum = vdupq_n_f32(0);
  size_t i = 0;
  for (; i + 8 <= k; i += 8) {
    bfloat16x8_t x = vreinterpretq_bf16_u16(vld1q_u16(a + i));
    sum = vbfdotq_f32(sum, x, vreinterpretq_bf16_u16(vld1q_u16(b + i)));
  }
  float total = vaddvq_f32(sum);
  for (; i < k; i++) total += widen(a[i]) * widen(b[i]);
  return total;
}

#else
const char* const matmul_bf16_path = F32::path;

// Without the instruction: widened to float32, which is exact.
static float dot(const uint16_t* a, const uint16_t* b, size_t k) {
  F32 sum = F32::set(0.0f);
  size_t i = 0;
  for (; i + F32::lanes <= k; i += F32::lanes) sum = sum + F32::load_bf16(a + i) * F32::load_bf16(b + i);
  float total = sum.sum();
  for (; i < k; i++) total += widen(a[i]) * widen(b[i]);
  return total;
}
#endif

void matmul_bf16(const uint16_t* a, const uint16_t* b, float* out, size_t m, size_t n, size_t k) {
#pragma omp parallel for if (m * n * k > 65536)
  for (size_t row = 0; row < m; row++) {
    for (size_t column = 0; column < n; column++) {
      out[row * n + column] = dot(a + row * k, b + column * k, k);
    }
  }
}
