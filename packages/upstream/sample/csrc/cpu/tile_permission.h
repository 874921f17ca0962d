// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

// Linux gives a process the tile registers (8 KiB in each signal frame) only
// when it asks: https://docs.kernel.org/arch/x86/xstate.html
static int request_tiles() {
  constexpr int ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18;
  return syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0 ? 0 : errno;
}
