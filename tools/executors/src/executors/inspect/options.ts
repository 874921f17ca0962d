import { z } from 'zod';
import { flagOption, targetOptions, textOption, wordsOption } from '../option-kinds.ts';

export const inspectOptions = targetOptions(
  'Looks into any wheel: which instruction-set level each module needs, its true glibc floor, what is wrong.',
  {
    wheel: z.string().describe('path of a wheel, or of a bare ELF file (.so)'),
    variant: textOption(
      'judge it as this variant (exit status 1 if it fails); default: the one that the name of the wheel says',
    ),
    only: wordsOption('names of checks, comma-separated; default: all').optional(),
    json: flagOption('print the report as JSON'),
  },
);
