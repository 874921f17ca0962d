/*
 * SPDX-License-Identifier: Apache-2.0
 *
 * Asks the CPU itself what it can do. /proc/cpuinfo is the wrong witness: under qemu-user it is the
 * host's, in some containers it is not there. Compiled for the oldest x86-64 and without libc, so
 * that this file runs where nothing else of the wheel would. Intel SDM vol. 2A, CPUID; vol. 1, 13.
 */
#include <cpuid.h>

#define SYS_ARCH_PRCTL 158
#define ARCH_GET_XCOMP_SUPP 0x1021
#define ARCH_REQ_XCOMP_PERM 0x1023
#define XFEATURE_XTILEDATA 18
#define OSXSAVE (1u << 27)

static unsigned int enabled_state(void) {
  unsigned int low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

static long arch_prctl(long code, unsigned long long argument) {
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"((long)SYS_ARCH_PRCTL), "D"(code), "S"(argument)
                   : "rcx", "r11", "memory");
  return result;
}

/* What the kernel hands out on request (AMX), or 0. Documentation/arch/x86/xstate.rst in Linux. */
static unsigned int grantable_state(void) {
  unsigned long long state = 0;
  unsigned long long address = (unsigned long long)(__UINTPTR_TYPE__)&state;
  return arch_prctl(ARCH_GET_XCOMP_SUPP, address) == 0 ? (unsigned int)state : 0;
}

/*
 * Asks for AMX's tiles, for this process and its children; asking again is harmless. 0, or a
 * negative errno.
 */
int vllm_cpu_permit_amx(void) { return (int)arch_prctl(ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA); }

/*
 * words: CPUID 1 ECX, 7.0 EBX, 7.0 ECX, 7.0 EDX, 7.1 EAX, 80000001h ECX, XCR0, grantable XCR0;
 * 0 where the CPU does not know the leaf. name: the brand string, 49 bytes with its end.
 */
void vllm_cpu_ask(unsigned int words[8], char name[49]) {
  unsigned int a, b, c, d, leaf;
  unsigned int *text = (unsigned int *)(void *)name;
  for (leaf = 0; leaf < 8; leaf++) words[leaf] = 0;
  if (__get_cpuid(1, &a, &b, &c, &d)) words[0] = c;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
    words[1] = b;
    words[2] = c;
    words[3] = d;
    if (a >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d)) words[4] = a;
  }
  if (__get_cpuid(0x80000001u, &a, &b, &c, &d)) words[5] = c;
  if (words[0] & OSXSAVE) {
    words[6] = enabled_state();
    words[7] = grantable_state();
  }
  name[0] = name[48] = 0;
  if (__get_cpuid_max(0x80000000u, 0) < 0x80000004u) return;
  for (leaf = 0; leaf < 3; leaf++, text += 4) {
    __get_cpuid(0x80000002u + leaf, &text[0], &text[1], &text[2], &text[3]);
  }
}
