// SPDX-License-Identifier: Apache-2.0
// The real library writes its kernels at run time, for the CPU that it finds, so that
// one object file serves every level. Ours is plain C++.
#include "dnnl.h"
#include "profiling.h"

void dnnl_matmul_f32(const float* a, const float* b, float* out, size_t m, size_t n, size_t k) {
  profile(m * n * k);
  for (size_t row = 0; row < m; row++) {
    for (size_t column = 0; column < n; column++) {
      float sum = 0;
      for (size_t i = 0; i < k; i++) sum += a[row * k + i] * b[column * k + i];
      out[row * n + column] = sum;
    }
  }
}
