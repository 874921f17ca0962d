// SPDX-License-Identifier: Apache-2.0
// The two libraries that upstream's module needs besides torch's: libnuma, which
// nobody vendors, and an OpenMP runtime, of which there must be only one.
#include <numa.h>

#include "kernels.h"

int numa_nodes() { return numa_available() < 0 ? 0 : numa_max_node() + 1; }

int openmp_threads() {
  int threads = 0;
#pragma omp parallel reduction(+ : threads)
  threads += 1;
  return threads;
}
