// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "kernels.h"
#include "vec.h"

#if defined(__aarch64__)
const char* const relu_f16_path = "asimdhp";

// The maximum is taken in half precision, which is what asimdhp adds.
static void relu_block(const uint16_t* half, float* out) {
  float16x8_t x = vreinterpretq_f16_u16(vld1q_u16(half));
  x = vmaxq_f16(x, vreinterpretq_f16_u16(vdupq_n_u16(0)));
  vst1q_f32(out, vcvt_f32_f16(vget_low_f16(x)));
  vst1q_f32(out + 4, vcvt_high_f32_f16(x));
}
static constexpr size_t relu_lanes = 8;
#else
// vcvtph2ps: F16C below AVX-512, a part of AVX-512F from there on.
#if defined(__AVX512F__)
const char* const relu_f16_path = "avx512f";
#else
const char* const relu_f16_path = "f16c";
#endif

static void relu_block(const uint16_t* half, float* out) {
  F32::load_f16(half).max(F32::set(0.0f)).store(out);
}
static constexpr size_t relu_lanes = F32::lanes;
#endif

void relu_f16(const uint16_t* half, float* out, size_t n) {
  size_t i = 0;
  for (; i + relu_lanes <= n; i += relu_lanes) relu_block(half + i, out + i);
  if (i < n) {
    uint16_t rest[relu_lanes] = {};
    float result[relu_lanes];
    memcpy(rest, half + i, (n - i) * sizeof rest[0]);
    relu_block(rest, result);
    memcpy(out + i, result, (n - i) * sizeof result[0]);
  }
}

#if defined(__AVX512F__)
#if defined(__AVX512BF16__)
const char* const to_bf16_path = "avx512_bf16";

static void round_block(__m512 x, uint16_t* out, __mmask16 mask) {
  _mm256_mask_storeu_epi16(out, mask, (__m256i)_mm512_cvtneps_pbh(x));
}
#else
const char* const to_bf16_path = "avx512f";

// As in the scalar code below.
static void round_block(__m512 x, uint16_t* out, __mmask16 mask) {
  __m512i bits = _mm512_castps_si512(x);
  __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  bits = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
  _mm512_mask_cvtepi32_storeu_epi16(out, mask, _mm512_srli_epi32(bits, 16));
}
#endif

void to_bf16(const float* in, uint16_t* out, size_t n) {
  for (size_t i = 0; i < n; i += 16) {
    __mmask16 mask = n - i < 16 ? (__mmask16)((1u << (n - i)) - 1) : (__mmask16)0xffff;
    round_block(_mm512_maskz_loadu_ps(mask, in + i), out + i, mask);
  }
}
#else
const char* const to_bf16_path = "scalar";

void to_bf16(const float* in, uint16_t* out, size_t n) {
  for (size_t i = 0; i < n; i++) {
    uint32_t bits;
    memcpy(&bits, in + i, sizeof bits);
    out[i] = (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
  }
}
#endif
