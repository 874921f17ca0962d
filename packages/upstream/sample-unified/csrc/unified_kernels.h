// SPDX-License-Identifier: Apache-2.0
// The kernels that this release has beside those of kernels.h.
#pragma once

#include "kernels.h"

// out[m][n] = a[m][k] * b[n][k]^T in float32, by the library of matrix products.
void onednn_mm(const float* a, const float* b, float* out, size_t m, size_t n, size_t k);

// Causal attention of one head: q and k are bfloat16 [tokens][d], v and out float32.
// `isa` is "vec" or "amx". False when this module was compiled without it.
bool attention(const uint16_t* q, const uint16_t* k, const float* v, float* out, size_t tokens, size_t d,
               const char* isa);
extern const char* const attention_path;

#if defined(VLLM_SGL_KERNELS)
// sgl-kernels. out[m][n] = a[m][k] * b[n][k]^T: int8 in, int32 sums.
void gemm_int8(const int8_t* a, const int8_t* b, int32_t* out, size_t m, size_t n, size_t k);

// sgl-kernels. to[i] = from[i] / 2 in float16. False where compiler or CPU cannot.
bool halve(const uint16_t* from, uint16_t* to, size_t n);
#endif
