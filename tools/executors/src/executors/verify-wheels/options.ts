import { z } from 'zod';
import { releaseOption } from '@vllm-cpu/commands/release-option';
import { strictOption } from '../verify/options.ts';

export const verifyWheelsOptions = z
  .strictObject({
    wheels: z
      .string()
      .optional()
      .describe('folder of wheels, or one wheel; default: none, it must be given'),
    release: releaseOption(
      "name of the release's pin; default: found by each wheel's version",
    ).optional(),
    reports: z.string().optional().describe('folder for the reports; default: next to the wheels'),
    strict: strictOption,
  })
  .describe('Verifies prebuilt wheels. They are never changed, moved or deleted.');
