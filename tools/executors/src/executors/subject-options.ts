import { z } from 'zod';
import { releaseOption } from '@vllm-cpu/commands/release-option';
import { flagOption } from './option-kinds.ts';

/** Options that the plugin sets on every target of a variant and a release. */
export const subjectOptions = {
  variant: z.string().describe('short name of the variant; set by the plugin'),
  release: releaseOption("name of the release's pin; set by the plugin"),
};

/** Leaves what a compile works in. */
export const keepWorkspaceOption = flagOption('keep the temporary source tree and build folder');

/** A number of parallel jobs; refused below 1. */
export const jobsOption = z
  .int()
  .min(1)
  .optional()
  .describe(
    'most compiler processes at once; default: VLLM_CPU_MAX_JOBS, or one per CPU and at most one per 2 GiB of memory; never changes the result',
  );
