// SPDX-License-Identifier: Apache-2.0
#include "kernels.h"

#if defined(__AMX_TILE__) && defined(__AMX_BF16__)
#include <immintrin.h>
#include <string.h>

#include "tile_permission.h"

const char* const matmul_tiles_path = "amx_bf16";

// What ldtilecfg reads: palette 1, and for each of eight tiles rows and bytes per row.
struct alignas(64) TileConfig {
  uint8_t palette = 1;
  uint8_t start_row = 0;
  uint8_t reserved[14] = {};
  uint16_t row_bytes[16] = {64, 64, 64};
  uint8_t rows[16] = {16, 16, 16};
};

// 16 rows of 32 values of a; b with its k in pairs, as tdpbf16ps wants it.
struct alignas(64) Tiles {
  uint16_t a[16][32];
  uint16_t b[16][32];
  float out[16][16];
};

static size_t least(size_t x, size_t y) { return x < y ? x : y; }

// GCC's tile intrinsics do not say that they read memory. Without this, stores to
// what they read may be moved behind them, or dropped.
static void finish_stores() { __asm__ volatile("" ::: "memory"); }

// Copies the part of a and b that one tdpbf16ps multiplies, zeros past the edges.
static void pack(Tiles& t, const uint16_t* a, const uint16_t* b, size_t rows, size_t columns, size_t depth, size_t k) {
  memset(t.a, 0, sizeof t.a);
  memset(t.b, 0, sizeof t.b);
  for (size_t r = 0; r < rows; r++) memcpy(t.a[r], a + r * k, depth * sizeof a[0]);
  for (size_t c = 0; c < columns; c++) {
    for (size_t i = 0; i < depth; i++) t.b[i / 2][c * 2 + i % 2] = b[c * k + i];
  }
}

int matmul_tiles(const uint16_t* a, const uint16_t* b, float* out, size_t m, size_t n, size_t k) {
  static const int refused = request_tiles();
  if (refused) return refused;

  TileConfig config;
  Tiles t;
  finish_stores();
  _tile_loadconfig(&config);
  for (size_t row = 0; row < m; row += 16) {
    for (size_t column = 0; column < n; column += 16) {
      size_t rows = least(16, m - row), columns = least(16, n - column);
      _tile_zero(0);
      for (size_t i = 0; i < k; i += 32) {
        pack(t, a + row * k + i, b + column * k + i, rows, columns, least(32, k - i), k);
        finish_stores();
        _tile_loadd(1, t.a, 64);
        _tile_loadd(2, t.b, 64);
        _tile_dpbf16ps(0, 1, 2);
      }
      _tile_stored(0, t.out, 64);
      for (size_t r = 0; r < rows; r++) memcpy(out + (row + r) * n + column, t.out[r], columns * sizeof out[0]);
    }
  }
  _tile_release();
  return 0;
}

#else
const char* const matmul_tiles_path = "matmul_bf16";

int matmul_tiles(const uint16_t* a, const uint16_t* b, float* out, size_t m, size_t n, size_t k) {
  matmul_bf16(a, b, out, m, n, k);
  return 0;
}
#endif
