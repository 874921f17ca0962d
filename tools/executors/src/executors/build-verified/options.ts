import { z } from 'zod';
import { strictOption } from '../verify/options.ts';

export const ensureOptions = z
  .strictObject({
    releases: z
      .union([z.string(), z.array(z.string()).transform((each) => each.join(','))])
      .describe("names of releases' pins, comma-separated"),
    rebuilds: z
      .int()
      .min(0)
      .max(10)
      .optional()
      .describe('how often a freshly built wheel that fails is built again, 0 to 10; default: 2'),
    strict: strictOption,
    json: z.boolean().optional().describe('print the attempts as JSON'),
  })
  .describe(
    'Verifies, and compiles, builds and verifies again where a freshly built wheel fails. Every attempt is kept.',
  );
