import { z } from 'zod';
import { stageOptions } from '../stage-options.ts';
import { subjectOptions } from '../subject-options.ts';
import { flagOption } from '../option-kinds.ts';

const STRICT = 'a check that could not run counts as a failure';

export const strictOption = flagOption(STRICT);

export const verifyOptions = stageOptions(
  'Checks the wheel that was built, and writes report.json and report.md.',
  {
    subject: subjectOptions,
    inKey: { strict: z.boolean().default(false).describe(STRICT) },
    outOfKey: {},
  },
);
