import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { PLATFORMS } from '@vllm-cpu/variant/features';
import { containerBuildArgv, manylinuxImage, refuseForeign } from './container-build.ts';
import type { ContainerBuild } from './container-build.ts';

const build: ContainerBuild = {
  engine: { name: 'docker', program: '/usr/bin/docker' },
  variant: 'noavx512',
  releaseName: '0.12.0',
  platform: 'linux/arm64',
  native: true,
  baseImage: 'quay.io/pypa/manylinux_2_28_aarch64@sha256:ab',
  settings: { VLLM_CPU_MAX_JOBS: '2' },
  secrets: {},
  engineWords: [],
  images: '/repo/packages/images',
  context: '/task/context',
  wheels: '/task/wheels',
};

describe('a build in a container', () => {
  it('is done in manylinux_2_28 of its platform, and exports wheels only', () => {
    expect(containerBuildArgv(build)).toEqual([
      ...['/usr/bin/docker', 'buildx', 'build', '--progress=plain'],
      ...['--build-arg', 'BASE_IMAGE=quay.io/pypa/manylinux_2_28_aarch64@sha256:ab'],
      ...['--build-arg', 'VARIANT=noavx512', '--build-arg', 'RELEASE=0.12.0'],
      ...['--build-arg', 'VLLM_CPU_MAX_JOBS=2', '--output', 'type=local,dest=/task/wheels'],
      ...['--target=wheels', '--file=/repo/packages/images/Dockerfile.build', '/task/context'],
    ]);
  });

  it.each(PLATFORMS)('for %s has the image that CI has, by its digest', (platform) => {
    const root = join(import.meta.dirname, '../../../..');
    expect(manylinuxImage(root, platform)).toMatch(/manylinux_2_28_\w+@sha256:[0-9a-f]{64}$/);
  });

  it('takes other images where they are named', () => {
    const text = containerBuildArgv({ ...build, baseImage: 'base:1', nodeImage: 'node:1' }).join(
      ' ',
    );
    expect(text).toContain('--build-arg BASE_IMAGE=base:1 --build-arg NODE_IMAGE=node:1');
  });

  it('of another platform is refused with the reason, unless it is forced', () => {
    expect(() => refuseForeign('linux/arm64', 'linux-x86_64', false)).toThrow(
      expect.objectContaining({
        code: 'PLATFORM_NOT_NATIVE',
        why: expect.stringMatching(/GCC crashes when compiling oneDNN/),
        next: expect.stringContaining('--force'),
      }),
    );
    expect(() => refuseForeign('linux/amd64', 'linux-aarch64', false)).toThrow(/linux\/amd64/);
    expect(() => refuseForeign('linux/arm64', 'linux-aarch64', false)).not.toThrow();
    expect(() => refuseForeign('linux/arm64', 'linux-x86_64', true)).not.toThrow();
    expect(containerBuildArgv({ ...build, native: false })).toContain('--platform=linux/arm64');
  });
});
