import { z } from 'zod';
import { subjectOptions } from '../subject-options.ts';
import { jsonOption } from '../upstream-options.ts';

export const inferOptions = z
  .strictObject({
    ...subjectOptions,
    strict: z
      .boolean()
      .optional()
      .describe('fail if it could not be run; default: report it as skipped'),
    python: z
      .string()
      .optional()
      .describe(
        'interpreter to use, with the packages that it has; default: VLLM_CPU_PYTHON, or one on PATH',
      ),
    constraints: z
      .string()
      .optional()
      .describe(
        "pip's constraints file, for old releases, which would get newer dependencies than they can use; default: none",
      ),
    json: jsonOption,
  })
  .describe(
    'Generates 16 tokens with the verified wheel and a small random model, twice, and compares them.',
  );
