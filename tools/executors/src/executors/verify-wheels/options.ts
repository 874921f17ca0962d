import { z } from 'zod';
import { releaseOption } from '@vllm-cpu/commands/release-option';
import { strictOption } from '../verify/options.ts';

export const verifyWheelsOptions = z
  .strictObject({
    wheels: z.string().optional().describe('folder of wheels, or one wheel'),
    release: releaseOption(
      "name of the release's pin; found by each wheel's version when left out",
    ).optional(),
    reports: z.string().optional().describe('folder for the reports; beside the wheels by default'),
    strict: strictOption,
  })
  .describe('Proves wheels that were built elsewhere. They are never changed, moved or deleted.');
