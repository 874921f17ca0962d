// SPDX-License-Identifier: Apache-2.0
// TRAP: an instruction beyond every level, in a library that is in every module. It is
// only reached when somebody profiles, and a disassembler cannot know that.
#include "profiling.h"

#include <stdlib.h>

#if defined(__x86_64__)
void dnnl_ptwrite(size_t work) { __asm__ volatile("ptwrite %0" : : "r"(work)); }

void profile(size_t work) {
  static const bool wanted = getenv("DNNL_PTWRITE") != nullptr;
  if (wanted) dnnl_ptwrite(work);
}
#else
void profile(size_t) {}
#endif
