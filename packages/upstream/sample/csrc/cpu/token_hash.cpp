// SPDX-License-Identifier: Apache-2.0
#include "kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static constexpr uint64_t prime = 0x9e3779b97f4a7c55;
static constexpr size_t lanes = 8;

#if defined(__AVX512DQ__) && defined(__AVX512VL__)
const char* const token_hash_path = "avx512dq";

// vpmullq (DQ) multiplies 64-bit lanes; its 256-bit masked form (VL) does the rest.
static void mix(uint64_t* state, const uint64_t* tokens, size_t n) {
  __m512i s = _mm512_loadu_si512(state);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    __m512i x = _mm512_xor_si512(s, _mm512_loadu_si512(tokens + i));
    s = _mm512_mullo_epi64(x, _mm512_set1_epi64((long long)prime));
  }
  _mm512_storeu_si512(state, s);

  for (size_t half = 0; half < lanes && i + half < n; half += 4) {
    size_t left = n - i - half;
    __mmask8 mask = left < 4 ? (__mmask8)((1u << left) - 1) : (__mmask8)0xf;
    __m256i h = _mm256_loadu_si256((const __m256i*)(state + half));
    __m256i x = _mm256_xor_si256(h, _mm256_maskz_loadu_epi64(mask, tokens + i + half));
    h = _mm256_mask_mullo_epi64(h, mask, x, _mm256_set1_epi64x((long long)prime));
    _mm256_storeu_si256((__m256i*)(state + half), h);
  }
}

#else
#if defined(__AVX2__)
const char* const token_hash_path = "avx2";

// AVX2 multiplies 32-bit halves only: low * low + (low * high + high * low) << 32.
static __m256i multiply(__m256i x) {
  __m256i low = _mm256_set1_epi64x((long long)(prime & 0xffffffff));
  __m256i high = _mm256_set1_epi64x((long long)(prime >> 32));
  __m256i cross = _mm256_add_epi64(_mm256_mul_epu32(x, high), _mm256_mul_epu32(_mm256_srli_epi64(x, 32), low));
  return _mm256_add_epi64(_mm256_mul_epu32(x, low), _mm256_slli_epi64(cross, 32));
}

static void mix_block(uint64_t* state, const uint64_t* tokens) {
  for (size_t half = 0; half < lanes; half += 4) {
    __m256i s = _mm256_loadu_si256((const __m256i*)(state + half));
    s = multiply(_mm256_xor_si256(s, _mm256_loadu_si256((const __m256i*)(tokens + half))));
    _mm256_storeu_si256((__m256i*)(state + half), s);
  }
}
#else
const char* const token_hash_path = "scalar";

static void mix_block(uint64_t* state, const uint64_t* tokens) {
  for (size_t lane = 0; lane < lanes; lane++) state[lane] = (state[lane] ^ tokens[lane]) * prime;
}
#endif

static void mix(uint64_t* state, const uint64_t* tokens, size_t n) {
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) mix_block(state, tokens + i);
  for (size_t lane = 0; i < n; i++, lane++) state[lane] = (state[lane] ^ tokens[i]) * prime;
}
#endif

uint64_t token_hash(const uint64_t* tokens, size_t n) {
  uint64_t state[lanes] = {1, 2, 3, 4, 5, 6, 7, 8};
  mix(state, tokens, n);
  uint64_t hash = n;
  // The upper half is folded in: a product's low bits depend on low bits alone.
  for (uint64_t lane : state) hash = (hash ^ lane ^ lane >> 32) * prime;
  return hash ^ hash >> 32;
}
