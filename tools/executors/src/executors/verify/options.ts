import { z } from 'zod';
import { stageOptions } from '../stage-options.ts';
import { subjectOptions } from '../subject-options.ts';

const STRICT = 'a check that could not run counts as a failure';

export const strictOption = z.boolean().optional().describe(STRICT);

export const verifyOptions = stageOptions(
  'Checks the wheel that was built, and writes report.json and report.md.',
  {
    subject: subjectOptions,
    inKey: { strict: z.boolean().default(false).describe(STRICT) },
    outOfKey: {},
  },
);
