import { z } from 'zod';
import { jsonOption, listOption } from '../upstream-options.ts';
import { indexOptions } from '../publish/options.ts';

export const matrixOptions = z
  .strictObject({
    releases: listOption(
      'pins, as names, versions and ranges ("0.8.5, 0.11.0-0.11.2"); default: every active one',
    ),
    variants: listOption('short names of variants; default: all'),
    platforms: listOption('linux-x86_64, linux-aarch64; default: both'),
    force: z.boolean().optional().describe('jobs for what the index has as well; asks no index'),
    suffix: z
      .string()
      .optional()
      .describe('.postN, .devN, aN, bN or rcN: look for the wheels of that version')
      .meta({ alias: 'postfix' }),
    ...indexOptions,
    json: jsonOption,
  })
  .describe('Prints the jobs of a CI run: which wheels the index does not have yet.');
