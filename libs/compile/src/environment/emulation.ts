import { readFile } from 'node:fs/promises';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { hostPlatform, machineOf } from '@vllm-cpu/variant/features';
import type { Platform } from '@vllm-cpu/variant/features';

type Machine = ReturnType<typeof machineOf>;

/**
 * Where the kernel names its own architecture, most telling first: the name itself (Linux 6.1), the
 * alias of its CPU drivers, and the CPU's features. QEMU's user-mode emulation passes the first two
 * through; the third it forges from 8.1 on (linux-user/arm/target_proc.h).
 */
const SIGNS: readonly [file: string, signs: Readonly<Record<Machine, RegExp>>][] = [
  ['/proc/sys/kernel/arch', { x86_64: /^x86_64\s*$/, aarch64: /^aarch64\s*$/ }],
  [
    '/sys/devices/system/cpu/modalias',
    { x86_64: /^cpu:type:x86\b/, aarch64: /^cpu:type:aarch64\b/ },
  ],
  ['/proc/cpuinfo', { x86_64: /^flags\s*:/m, aarch64: /^Features\s*:/m }],
];

/**
 * Refuses to compile for another architecture, and under QEMU's user-mode emulation, which crashes GCC
 * in oneDNN.
 * @throws VllmCpuError PLATFORM_NOT_NATIVE or PLATFORM_EMULATED
 */
export async function refuseEmulation(
  platform: Platform,
  host: Platform | undefined = hostPlatform(),
  read: (file: string) => Promise<string> = (file) => readFile(file, 'utf8'),
  emulationAllowed = false,
): Promise<void> {
  if (host !== platform) {
    throw new VllmCpuError({
      code: 'PLATFORM_NOT_NATIVE',
      what: `${platform} cannot be compiled on ${host ?? 'this system'}`,
      why: 'Wheels are compiled natively, because GCC crashes in oneDNN under emulation.',
      next: `Run the build on a ${platform} machine.`,
    });
  }
  const kernel = await kernelMachine(read);
  if (kernel && kernel !== machineOf(platform) && !emulationAllowed) {
    throw new VllmCpuError({
      code: 'PLATFORM_EMULATED',
      what: `this ${platform} system is emulated by QEMU on ${kernel}`,
      why: 'GCC crashes under QEMU when compiling oneDNN.',
      next: `Run the build on a real ${platform} machine, or try anyway with VLLM_CPU_ALLOW_EMULATION=1.`,
    });
  }
}

/** The architecture of the kernel, whatever that of this process is. */
async function kernelMachine(
  read: (file: string) => Promise<string>,
): Promise<Machine | undefined> {
  for (const [file, { x86_64, aarch64 }] of SIGNS) {
    const text = await read(file).catch(() => '');
    if (x86_64.test(text)) return 'x86_64';
    if (aarch64.test(text)) return 'aarch64';
  }
  return undefined;
}
