// SPDX-License-Identifier: Apache-2.0
#include "kernels.h"
#include "vec.h"

const char* const silu_and_mul_path = F32::path;

// e^x = 2^n * e^r with n whole and |r| <= ln(2) / 2; e^r by its Taylor series.
// ln(2) is subtracted in two parts, the first with so few bits that n * part is exact.
static F32 exp(F32 x) {
  x = x.max(F32::set(-87.0f)).min(F32::set(88.0f));
  F32 n = (x * F32::set(1.44269504f)).round();
  F32 r = x + n * F32::set(-0.693359375f) + n * F32::set(2.12194440e-4f);
  static constexpr float series[] = {1.0f / 120, 1.0f / 24, 1.0f / 6, 1.0f / 2, 1.0f, 1.0f};
  F32 e = F32::set(1.0f / 720);
  for (float term : series) e = e * r + F32::set(term);
  return e.scale(n);
}

static F32 silu_times(F32 gate, F32 up) {
  F32 one = F32::set(1.0f);
  return gate / (one + exp(gate * F32::set(-1.0f))) * up;
}

void silu_and_mul(const float* in, float* out, size_t rows, size_t d) {
#pragma omp parallel for if (rows * d > 65536)
  for (size_t row = 0; row < rows; row++) {
    const float* gate = in + row * 2 * d;
    const float* up = gate + d;
    float* to = out + row * d;
    size_t i = 0;
    for (; i + F32::lanes <= d; i += F32::lanes) {
      silu_times(F32::load(gate + i), F32::load(up + i)).store(to + i);
    }
    if (i < d) {
      silu_times(F32::load_part(gate + i, d - i), F32::load_part(up + i, d - i)).store_part(to + i, d - i);
    }
  }
}
