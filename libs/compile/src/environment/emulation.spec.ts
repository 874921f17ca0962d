import { describe, expect, it } from '@jest/globals';
import { refuseEmulation } from './emulation.ts';

/** A kernel that has these files and no other. */
const kernel = (files: Record<string, string>) => async (file: string) => {
  const text = files[file];
  if (text === undefined) throw new Error('ENOENT');
  return text;
};
const ARCH = '/proc/sys/kernel/arch';
const MODALIAS = '/sys/devices/system/cpu/modalias';
const CPUINFO = '/proc/cpuinfo';

const X86 = {
  [ARCH]: 'x86_64\n',
  [MODALIAS]: 'cpu:type:x86,ven0000fam0006mod008F:feature:,0000,0001',
  [CPUINFO]: 'processor\t: 0\nflags\t\t: fpu sse avx2\n',
};
const ARM = {
  [ARCH]: 'aarch64\n',
  [MODALIAS]: 'cpu:type:aarch64:feature:,0000,0001',
  [CPUINFO]: 'processor\t: 0\nFeatures\t: fp asimd\n',
};

describe('emulation', () => {
  it('is not suspected on a native machine', async () => {
    await refuseEmulation('linux-x86_64', 'linux-x86_64', kernel(X86));
    await refuseEmulation('linux-aarch64', 'linux-aarch64', kernel(ARM));
  });

  it('is not suspected here', async () => {
    await refuseEmulation(process.arch === 'arm64' ? 'linux-aarch64' : 'linux-x86_64');
  });

  it('of another architecture is refused with the machine that is needed', async () => {
    await expect(
      refuseEmulation('linux-aarch64', 'linux-x86_64', kernel(X86)),
    ).rejects.toMatchObject({
      code: 'PLATFORM_NOT_NATIVE',
      next: 'Run the build on a linux-aarch64 machine.',
    });
  });

  it.each([
    ['linux-aarch64', { [CPUINFO]: X86[CPUINFO] }],
    ['linux-x86_64', { [CPUINFO]: ARM[CPUINFO] }],
    ['linux-aarch64', { ...X86, [CPUINFO]: ARM[CPUINFO] }],
    ['linux-aarch64', { [MODALIAS]: X86[MODALIAS], [CPUINFO]: ARM[CPUINFO] }],
  ] as const)(
    'by qemu-user shows in what the kernel says of itself, also where the cpuinfo is forged: %s',
    async (platform, files) => {
      await expect(refuseEmulation(platform, platform, kernel(files))).rejects.toMatchObject({
        code: 'PLATFORM_EMULATED',
      });
    },
  );

  it('may be tried where that is asked for; another platform than this system’s never', async () => {
    const x86 = kernel(X86);
    await refuseEmulation('linux-aarch64', 'linux-aarch64', x86, true);
    await expect(refuseEmulation('linux-aarch64', 'linux-x86_64', x86, true)).rejects.toMatchObject(
      { code: 'PLATFORM_NOT_NATIVE' },
    );
  });

  it('is not claimed where nothing can be read', async () => {
    await refuseEmulation('linux-x86_64', 'linux-x86_64', kernel({}));
  });
});
