import { z } from 'zod';

export const inspectOptions = z
  .strictObject({
    wheel: z.string().describe('path of a wheel, or of a bare ELF file (.so)'),
    variant: z
      .string()
      .optional()
      .describe(
        'judge it as this variant (exit status 1 if it fails); default: the one that the name of the wheel says',
      ),
    only: z
      .union([z.string(), z.array(z.string()).transform((each) => each.join(','))])
      .optional()
      .describe('names of checks, comma-separated; default: all'),
    json: z.boolean().optional().describe('print the report as JSON'),
  })
  .describe(
    'Looks into any wheel: which instruction-set level each module needs, its true glibc floor, what is wrong.',
  );
