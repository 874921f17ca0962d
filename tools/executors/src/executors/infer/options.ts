import { z } from 'zod';
import { subjectOptions } from '../subject-options.ts';
import { jsonOption } from '../upstream-options.ts';

export const inferOptions = z
  .strictObject({
    ...subjectOptions,
    strict: z.boolean().optional().describe('fail if it could not be run'),
    python: z
      .string()
      .optional()
      .describe('interpreter to use, with the packages that it has; else VLLM_CPU_PYTHON or PATH'),
    constraints: z
      .string()
      .optional()
      .describe("pip's constraints file: an old release takes newer dependencies than it can use"),
    json: jsonOption,
  })
  .describe(
    'Generates text with the verified wheel and a small random model: the asked number of tokens, and the same ones twice.',
  );
