// SPDX-License-Identifier: Apache-2.0
// One register of float32, in the widest form that the compiler may use, so that
// a kernel is written once. (Upstream: cpu_types_x86.hpp, cpu_types_arm.hpp.)
#pragma once

#include <stddef.h>
#include <stdint.h>

#if defined(__AVX512F__)
#include <immintrin.h>

struct F32 {
  static constexpr size_t lanes = 16;
  static constexpr const char* path = "avx512f";
  __m512 v;

  static F32 set(float x) { return {_mm512_set1_ps(x)}; }
  static F32 load(const float* p) { return {_mm512_loadu_ps(p)}; }
  void store(float* p) const { _mm512_storeu_ps(p, v); }
  // The first n lanes; the others are zero, and are not read or written.
  static F32 load_part(const float* p, size_t n) { return {_mm512_maskz_loadu_ps(mask(n), p)}; }
  void store_part(float* p, size_t n) const { _mm512_mask_storeu_ps(p, mask(n), v); }
  // bfloat16 is the upper half of a float32.
  static F32 load_bf16(const uint16_t* p) {
    __m512i wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i*)p));
    return {_mm512_castsi512_ps(_mm512_slli_epi32(wide, 16))};
  }
  static F32 load_f16(const uint16_t* p) {
    return {_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i*)p))};
  }

  F32 operator+(F32 o) const { return {_mm512_add_ps(v, o.v)}; }
  F32 operator*(F32 o) const { return {_mm512_mul_ps(v, o.v)}; }
  F32 operator/(F32 o) const { return {_mm512_div_ps(v, o.v)}; }
  F32 min(F32 o) const { return {_mm512_min_ps(v, o.v)}; }
  F32 max(F32 o) const { return {_mm512_max_ps(v, o.v)}; }
  F32 round() const { return {_mm512_roundscale_ps(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)}; }
  // this * 2^n, for whole n.
  F32 scale(F32 n) const { return {_mm512_scalef_ps(v, n.v)}; }
  float sum() const { return _mm512_reduce_add_ps(v); }

 private:
  static __mmask16 mask(size_t n) { return (__mmask16)((1u << n) - 1); }
};

#elif defined(__AVX2__)
#include <immintrin.h>

struct F32 {
  static constexpr size_t lanes = 8;
  static constexpr const char* path = "avx2";
  __m256 v;

  static F32 set(float x) { return {_mm256_set1_ps(x)}; }
  static F32 load(const float* p) { return {_mm256_loadu_ps(p)}; }
  void store(float* p) const { _mm256_storeu_ps(p, v); }
  static F32 load_part(const float* p, size_t n) { return {_mm256_maskload_ps(p, mask(n))}; }
  void store_part(float* p, size_t n) const { _mm256_maskstore_ps(p, mask(n), v); }
  static F32 load_bf16(const uint16_t* p) {
    __m256i wide = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i*)p));
    return {_mm256_castsi256_ps(_mm256_slli_epi32(wide, 16))};
  }
  static F32 load_f16(const uint16_t* p) { return {_mm256_cvtph_ps(_mm_loadu_si128((const __m128i*)p))}; }

  F32 operator+(F32 o) const { return {_mm256_add_ps(v, o.v)}; }
  F32 operator*(F32 o) const { return {_mm256_mul_ps(v, o.v)}; }
  F32 operator/(F32 o) const { return {_mm256_div_ps(v, o.v)}; }
  F32 min(F32 o) const { return {_mm256_min_ps(v, o.v)}; }
  F32 max(F32 o) const { return {_mm256_max_ps(v, o.v)}; }
  F32 round() const { return {_mm256_round_ps(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)}; }
  F32 scale(F32 n) const {
    __m256i exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n.v), _mm256_set1_epi32(127));
    return {_mm256_mul_ps(v, _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23)))};
  }
  float sum() const {
    __m128 x = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    x = _mm_add_ps(x, _mm_movehl_ps(x, x));
    return _mm_cvtss_f32(_mm_add_ss(x, _mm_movehdup_ps(x)));
  }

 private:
  static __m256i mask(size_t n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
};

#elif defined(__aarch64__)
#include <arm_neon.h>
#include <string.h>

struct F32 {
  static constexpr size_t lanes = 4;
  static constexpr const char* path = "asimd";
  float32x4_t v;

  static F32 set(float x) { return {vdupq_n_f32(x)}; }
  static F32 load(const float* p) { return {vld1q_f32(p)}; }
  void store(float* p) const { vst1q_f32(p, v); }
  static F32 load_part(const float* p, size_t n) {
    float part[lanes] = {};
    memcpy(part, p, n * sizeof(float));
    return load(part);
  }
  void store_part(float* p, size_t n) const {
    float part[lanes];
    store(part);
    memcpy(p, part, n * sizeof(float));
  }
  static F32 load_bf16(const uint16_t* p) {
    return {vreinterpretq_f32_u32(vshlq_n_u32(vmovl_u16(vld1_u16(p)), 16))};
  }

  F32 operator+(F32 o) const { return {vaddq_f32(v, o.v)}; }
  F32 operator*(F32 o) const { return {vmulq_f32(v, o.v)}; }
  F32 operator/(F32 o) const { return {vdivq_f32(v, o.v)}; }
  F32 min(F32 o) const { return {vminq_f32(v, o.v)}; }
  F32 max(F32 o) const { return {vmaxq_f32(v, o.v)}; }
  F32 round() const { return {vrndnq_f32(v)}; }
  F32 scale(F32 n) const {
    int32x4_t exponent = vaddq_s32(vcvtq_s32_f32(n.v), vdupq_n_s32(127));
    return {vmulq_f32(v, vreinterpretq_f32_s32(vshlq_n_s32(exponent, 23)))};
  }
  float sum() const { return vaddvq_f32(v); }
};

#else
#error "needs AVX2, AVX-512 or 64-bit ARM; cmake/cpu_extension.cmake chooses the flags"
#endif
