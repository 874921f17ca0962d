import { z } from 'zod';
import { CONTAINER_PLATFORMS } from '@vllm-cpu/image/container-build';
import { engineOption } from '../image/options.ts';
import { subjectOptions } from '../subject-options.ts';
import { dryRunOption, flagOption, targetOptions, textOption } from '../option-kinds.ts';

export const buildContainerOptions = targetOptions(
  'Builds the wheel with this repository inside a manylinux container.',
  {
    ...subjectOptions,
    platform: z
      .enum(CONTAINER_PLATFORMS)
      .optional()
      .describe("linux/amd64 or linux/arm64; default: the host's"),
    force: flagOption("try a platform other than the host's, under emulation"),
    engine: engineOption,
    baseImage: textOption(
      'image to build in; default: VLLM_CPU_BUILD_IMAGE, or the one in .github/build-images.json',
    ),
    nodeImage: textOption(
      'image that Node is copied from, which must run on glibc 2.28; default: VLLM_CPU_NODE_IMAGE, or the one in packages/images/Dockerfile.build',
    ),
    dryRun: dryRunOption,
  },
);

export type BuildContainerOptions = z.infer<typeof buildContainerOptions>;
