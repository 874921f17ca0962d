// SPDX-License-Identifier: Apache-2.0
// TRAP: these kernels know two levels, everything or nothing, although they use no AMX
// themselves. Compiled for a CPU with BF16 and without AMX they would be "nothing".
#pragma once

#include <stddef.h>
#include <stdint.h>

#if defined(__AVX512F__) && defined(__AVX512BF16__) && defined(__AMX_BF16__)
#define SGL_AVX512
#include <immintrin.h>
#endif
