import { z } from 'zod';
import { releaseOption } from '@vllm-cpu/commands/release-option';
import { platformOption } from '../upstream-options.ts';

export const recordEquivalenceOptions = z
  .strictObject({
    release: releaseOption("name of the release's pin"),
    variant: z.string().describe('the higher variant'),
    to: z
      .string()
      .optional()
      .describe(
        'the lower variant, whose compile serves both; default: none, needed unless --remove',
      ),
    remove: z.boolean().optional().describe('take the record back'),
    platform: platformOption,
  })
  .refine((options) => (options.to === undefined) === (options.remove === true), {
    message: 'give either --to=<lower variant> or --remove',
  })
  .describe('Records in the pin that two variants of a release have the same machine code.');
