// SPDX-License-Identifier: Apache-2.0
// Every kernel, with the name of the code path that was compiled for it.
//
// A path is named after the highest instruction set it uses, spelled as in
// /proc/cpuinfo. It is chosen by the compiler's macros (__AVX512VNNI__ and so
// on), never at run time: on a CPU without it, the process dies of SIGILL.
#pragma once

#include <stddef.h>
#include <stdint.h>

// out[r][i] = silu(in[r][i]) * in[r][d + i]; in is [rows][2 * d], out [rows][d].
void silu_and_mul(const float* in, float* out, size_t rows, size_t d);
extern const char* const silu_and_mul_path;

// out[i] = max(half[i], 0); half is IEEE binary16.
void relu_f16(const uint16_t* half, float* out, size_t n);
extern const char* const relu_f16_path;

// Rounds to the nearest bfloat16, ties to even. Not for NaN or subnormal values.
void to_bf16(const float* in, uint16_t* out, size_t n);
extern const char* const to_bf16_path;

// The sum of a[i] * b[i], exact as long as it fits into 32 bits.
int32_t dot_int8(const int8_t* a, const int8_t* b, size_t n);
extern const char* const dot_int8_path;

// out[m][n] = a[m][k] * b[n][k]^T: bfloat16 in, float32 sums. b has one row for
// each column of the result, as the weights of a linear layer do.
void matmul_bf16(const uint16_t* a, const uint16_t* b, float* out, size_t m, size_t n, size_t k);
extern const char* const matmul_bf16_path;

// The same product in 16 x 16 tiles where the compiler may use AMX, else it is
// matmul_bf16. Returns 0, or the errno with which Linux refused the tile registers.
int matmul_tiles(const uint16_t* a, const uint16_t* b, float* out, size_t m, size_t n, size_t k);
extern const char* const matmul_tiles_path;

// Eight independent lanes, lane = (lane ^ token) * prime modulo 2^64, folded.
uint64_t token_hash(const uint64_t* tokens, size_t n);
extern const char* const token_hash_path;

// The number of NUMA nodes (0 when the kernel has no NUMA support).
int numa_nodes();
// The number of OpenMP threads that really ran.
int openmp_threads();

// Names of the instruction sets that the compiler was allowed to use, ended by a
// null pointer.
extern const char* const compiled_isa[];
