import { z } from 'zod';
import { CONTAINER_PLATFORMS } from '@vllm-cpu/image/container-build';
import { engineOption } from '../image/options.ts';
import { subjectOptions } from '../subject-options.ts';
import { dryRunOption } from '../upstream-options.ts';

export const buildContainerOptions = z
  .strictObject({
    ...subjectOptions,
    platform: z
      .enum(CONTAINER_PLATFORMS)
      .optional()
      .describe("linux/amd64 or linux/arm64; the host's when left out"),
    force: z.boolean().optional().describe('try arm64 on another host, under emulation'),
    engine: engineOption,
    baseImage: z
      .string()
      .optional()
      .describe('image to build in; default: the one in .github/build-images.json'),
    nodeImage: z
      .string()
      .optional()
      .describe('image that Node is copied from, for glibc 2.28 or older'),
    dryRun: dryRunOption,
  })
  .describe('Builds the wheel with this repository inside a manylinux container.');

export type BuildContainerOptions = z.infer<typeof buildContainerOptions>;
