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
      .describe("linux/amd64 or linux/arm64; default: the host's"),
    force: z.boolean().optional().describe("try a platform other than the host's, under emulation"),
    engine: engineOption,
    baseImage: z
      .string()
      .optional()
      .describe(
        'image to build in; default: VLLM_CPU_BUILD_IMAGE, or the one in .github/build-images.json',
      ),
    nodeImage: z
      .string()
      .optional()
      .describe(
        'image that Node is copied from, which must run on glibc 2.28; default: VLLM_CPU_NODE_IMAGE, or the one in packages/images/Dockerfile.build',
      ),
    dryRun: dryRunOption,
  })
  .describe('Builds the wheel with this repository inside a manylinux container.');

export type BuildContainerOptions = z.infer<typeof buildContainerOptions>;
