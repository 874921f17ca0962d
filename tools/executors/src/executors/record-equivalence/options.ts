import { z } from 'zod';
import { releaseOption } from '@vllm-cpu/commands/release-option';
import { flagOption, platformOption, targetOptions, textOption } from '../option-kinds.ts';

export const recordEquivalenceOptions = targetOptions(
  'Records in the pin that two variants of a release have the same machine code.',
  {
    release: releaseOption("name of the release's pin"),
    variant: z.string().describe('the higher variant'),
    to: textOption(
      'the lower variant, whose compile serves both; default: none, needed unless --remove',
    ),
    remove: flagOption('take the record back'),
    platform: platformOption,
  },
).refine((options) => (options.to === undefined) === (options.remove === true), {
  message: 'give either --to=<lower variant> or --remove',
});
