import { z } from 'zod';
import { strictOption } from '../verify/options.ts';
import { flagOption, targetOptions, wordsOption } from '../option-kinds.ts';

export const ensureOptions = targetOptions(
  'Verifies, and compiles, builds and verifies again where a freshly built wheel fails. Every attempt is kept.',
  {
    releases: wordsOption("names of releases' pins, comma-separated"),
    rebuilds: z
      .int()
      .min(0)
      .max(10)
      .optional()
      .describe('how often a freshly built wheel that fails is built again, 0 to 10; default: 2'),
    strict: strictOption,
    json: flagOption('print the attempts as JSON'),
  },
);
