import { z } from 'zod';
import { releaseOption } from '@vllm-cpu/commands/release-option';
import { flagOption, platformOption, targetOptions, wordsOption } from '../option-kinds.ts';

export const recordAbsenceOptions = targetOptions(
  'Records in the pin that a release has no code for a feature that a variant promises.',
  {
    release: releaseOption("name of the release's pin"),
    variant: z.string().describe('short name of the variant'),
    features: wordsOption('CPU features, comma-separated, in /proc/cpuinfo spelling'),
    reason: z
      .string()
      .min(10)
      .optional()
      .describe('why the release has no code for them; default: none, needed unless --remove'),
    remove: flagOption('take the record back'),
    platform: platformOption,
  },
).refine((options) => options.remove === true || options.reason !== undefined, {
  message: 'give --reason="..." so that a reader knows why',
});
