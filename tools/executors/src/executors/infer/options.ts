import { subjectOptions } from '../subject-options.ts';
import { flagOption, jsonOption, targetOptions, textOption } from '../option-kinds.ts';

export const inferOptions = targetOptions(
  'Generates 16 tokens with the verified wheel and a small random model, twice, and compares them.',
  {
    ...subjectOptions,
    strict: flagOption('fail if it could not be run; default: report it as skipped'),
    python: textOption(
      'interpreter to use, with the packages that it has; default: VLLM_CPU_PYTHON, or one on PATH',
    ),
    constraints: textOption(
      "pip's constraints file, for old releases, which would get newer dependencies than they can use; default: none",
    ),
    json: jsonOption,
  },
);
