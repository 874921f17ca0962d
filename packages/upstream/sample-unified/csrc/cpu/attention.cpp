// SPDX-License-Identifier: Apache-2.0
#include <math.h>
#include <string.h>

#include <vector>

#include "unified_kernels.h"
#include "vec.h"

#if defined(CPU_CAPABILITY_AMXBF16)
const char* const attention_path = "amx_bf16";
#else
const char* const attention_path = F32::path;
#endif

// scores[i] = e^(scores[i] - max) / sum, over the first n.
static void softmax(float* scores, size_t n) {
  float largest = scores[0], sum = 0;
  for (size_t i = 1; i < n; i++) largest = fmaxf(largest, scores[i]);
  for (size_t i = 0; i < n; i++) sum += scores[i] = expf(scores[i] - largest);
  for (size_t i = 0; i < n; i++) scores[i] /= sum;
}

// out[d] = the rows of v, weighted. This is where multiply and add could be one instruction.
static void mix(const float* weights, const float* v, float* out, size_t n, size_t d) {
  size_t i = 0;
  for (; i + F32::lanes <= d; i += F32::lanes) {
    F32 sum = F32::set(0.0f);
    for (size_t row = 0; row < n; row++) sum = sum + F32::set(weights[row]) * F32::load(v + row * d + i);
    sum.store(out + i);
  }
  for (; i < d; i++) {
    out[i] = 0;
    for (size_t row = 0; row < n; row++) out[i] += weights[row] * v[row * d + i];
  }
}

// False when this module has no code for `isa`.
static bool scores_of(const uint16_t* q, const uint16_t* k, float* scores, size_t tokens, size_t d, const char* isa) {
  if (strcmp(isa, "vec") == 0) {
    matmul_bf16(q, k, scores, tokens, tokens, d);
    return true;
  }
#if defined(CPU_CAPABILITY_AMXBF16)
  if (strcmp(isa, "amx") == 0) return matmul_tiles(q, k, scores, tokens, tokens, d) == 0;
#endif
  return false;
}

bool attention(const uint16_t* q, const uint16_t* k, const float* v, float* out, size_t tokens, size_t d,
               const char* isa) {
  std::vector<float> scores(tokens * tokens);
  if (!scores_of(q, k, scores.data(), tokens, d, isa)) return false;
  const float scale = 1 / sqrtf((float)d);
  for (float& score : scores) score *= scale;
  for (size_t row = 0; row < tokens; row++) {
    softmax(scores.data() + row * tokens, row + 1);
    mix(scores.data() + row * tokens, v, out + row * d, row + 1, d);
  }
  return true;
}
