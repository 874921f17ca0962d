import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { parseJson } from '@vllm-cpu/system/parse-json';
import { machineOf } from '@vllm-cpu/variant/features';
import type { Platform } from '@vllm-cpu/variant/features';
import { buildArgv } from '@vllm-cpu/registry/engine-argv';
import type { Argv } from '@vllm-cpu/registry/engine-argv';
import type { Engine } from '@vllm-cpu/registry/engine';

/** Platforms as container engines spell them. */
export const CONTAINER_PLATFORMS = ['linux/amd64', 'linux/arm64'] as const;
export type ContainerPlatform = (typeof CONTAINER_PLATFORMS)[number];

/** `linux/arm64` of `linux-aarch64`. */
export function containerPlatform(platform: Platform): ContainerPlatform {
  return machineOf(platform) === 'x86_64' ? 'linux/amd64' : 'linux/arm64';
}

export function platformOfContainer(platform: ContainerPlatform): Platform {
  return platform === 'linux/amd64' ? 'linux-x86_64' : 'linux-aarch64';
}

/**
 * Refuses to build for another architecture than the host's.
 * @throws VllmCpuError PLATFORM_NOT_NATIVE
 */
export function refuseForeign(
  wanted: ContainerPlatform,
  host: Platform | undefined,
  force: boolean,
): void {
  if (force || (host && containerPlatform(host) === wanted)) return;
  const emulated = wanted === 'linux/arm64';
  throw new VllmCpuError({
    code: 'PLATFORM_NOT_NATIVE',
    what: `${wanted} cannot be built on ${host ?? `${process.platform} ${process.arch}`}`,
    why: emulated
      ? 'It would run under QEMU, where GCC crashes when compiling oneDNN.'
      : 'It would run under emulation, many times slower.',
    next: `Run it on a ${wanted} machine, or try anyway with --force.`,
  });
}

/** The images that wheels are built in, by digest; CI builds in the same ones. */
const BUILD_IMAGES = '.github/build-images.json';

const buildImagesSchema = z.record(z.string(), z.looseObject({ image: z.string() }));

/**
 * The manylinux image of a platform, which has gcc-toolset 14 and every Python.
 * @throws VllmCpuError BUILD_IMAGE_UNKNOWN, INVALID_JSON, INVALID_CONTENT
 */
export function manylinuxImage(root: string, platform: Platform): string {
  const text = readFileSync(join(root, BUILD_IMAGES), 'utf8');
  const found = parseJson(text, buildImagesSchema, BUILD_IMAGES)[platform];
  if (found) return found.image;
  throw new VllmCpuError({
    code: 'BUILD_IMAGE_UNKNOWN',
    what: `no image for ${platform} in ${BUILD_IMAGES}`,
    why: 'Wheels are built in the images of that file, pinned by digest, locally and in CI.',
    next: 'Add one, or choose one with --base-image.',
  });
}

export interface ContainerBuild {
  engine: Engine;
  variant: string;
  releaseName: string;
  platform: ContainerPlatform;
  /** The host's own platform needs no word, and an engine no emulation. */
  native: boolean;
  baseImage: string;
  nodeImage?: string | undefined;
  /** Settings of the build inside, by the name of their variable. */
  settings: Readonly<Record<string, string>>;
  secrets: Readonly<Record<string, string>>;
  engineWords: readonly string[];
  /** packages/images, absolute. */
  images: string;
  context: string;
  /** Folder that gets the wheels. */
  wheels: string;
}

export function containerBuildArgv(build: ContainerBuild): Argv {
  return buildArgv(build.engine, {
    dockerfile: join(build.images, 'Dockerfile.build'),
    context: build.context,
    target: 'wheels',
    platform: build.native ? undefined : build.platform,
    arguments: {
      BASE_IMAGE: build.baseImage,
      ...(build.nodeImage ? { NODE_IMAGE: build.nodeImage } : {}),
      VARIANT: build.variant,
      RELEASE: build.releaseName,
      ...build.settings,
    },
    secrets: build.secrets,
    result: { folder: build.wheels },
    more: build.engineWords,
  });
}
