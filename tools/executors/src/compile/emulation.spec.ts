import { describe, expect, it } from '@jest/globals';
import { refuseEmulation } from './emulation.ts';

const x86 = async () => 'processor\t: 0\nflags\t\t: fpu sse avx2\n';
const arm = async () => 'processor\t: 0\nFeatures\t: fp asimd\n';

describe('emulation', () => {
  it('is not suspected on a native machine', async () => {
    await refuseEmulation('linux-x86_64', 'linux-x86_64', x86);
    await refuseEmulation('linux-aarch64', 'linux-aarch64', arm);
  });

  it('of another architecture is refused with the machine that is needed', async () => {
    await expect(refuseEmulation('linux-aarch64', 'linux-x86_64', x86)).rejects.toMatchObject({
      code: 'PLATFORM_NOT_NATIVE',
      next: 'Run the build on a linux-aarch64 machine.',
    });
  });

  it.each([
    ['linux-aarch64', x86],
    ['linux-x86_64', arm],
  ] as const)(
    'by qemu-user shows in the cpuinfo of the other architecture: %s',
    async (platform, cpuinfo) => {
      await expect(refuseEmulation(platform, platform, cpuinfo)).rejects.toMatchObject({
        code: 'PLATFORM_EMULATED',
      });
    },
  );

  it('is not claimed where /proc/cpuinfo cannot be read', async () => {
    await refuseEmulation('linux-x86_64', 'linux-x86_64', () =>
      Promise.reject(new Error('EACCES')),
    );
  });
});
