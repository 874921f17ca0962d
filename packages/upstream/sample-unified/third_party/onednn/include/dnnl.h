// SPDX-License-Identifier: Apache-2.0
// Stands in for oneDNN: written for this repository, nothing of it is oneDNN's.
#pragma once

#include <stddef.h>

// out[m][n] = a[m][k] * b[n][k]^T.
void dnnl_matmul_f32(const float* a, const float* b, float* out, size_t m, size_t n, size_t k);
