import { readFile } from 'node:fs/promises';
import { VllmCpuError } from '../system/errors.ts';
import { hostPlatform } from '../variant/features.ts';
import type { Platform } from '../variant/features.ts';

/**
 * Refuses to compile for another architecture, and under QEMU's user-mode emulation, which crashes GCC
 * in oneDNN.
 * @throws VllmCpuError PLATFORM_NOT_NATIVE or PLATFORM_EMULATED
 */
export async function refuseEmulation(
  platform: Platform,
  host: Platform | undefined = hostPlatform(),
  readCpuinfo: () => Promise<string> = () => readFile('/proc/cpuinfo', 'utf8'),
): Promise<void> {
  if (host !== platform) {
    throw new VllmCpuError({
      code: 'PLATFORM_NOT_NATIVE',
      what: `${platform} cannot be compiled on ${host ?? 'this system'}`,
      why: 'Wheels are built natively: under emulation GCC crashes in oneDNN.',
      next: `Run the build on a ${platform} machine.`,
    });
  }
  // qemu-user passes the host's /proc/cpuinfo through: its architecture gives the emulation away.
  const cpuinfo = await readCpuinfo().catch(() => '');
  const looksX86 = /^flags\s*:/m.test(cpuinfo);
  const looksArm = /^Features\s*:/m.test(cpuinfo);
  const emulated = platform === 'linux-aarch64' ? looksX86 : looksArm && !looksX86;
  if (emulated) {
    throw new VllmCpuError({
      code: 'PLATFORM_EMULATED',
      what: `this ${platform} system is emulated by QEMU`,
      why: 'Under QEMU GCC crashes while it compiles oneDNN.',
      next: `Run the build on a real ${platform} machine.`,
    });
  }
}
