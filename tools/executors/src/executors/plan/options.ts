import { z } from 'zod';
import { jobsOption, subjectOptions } from '../subject-options.ts';

export const planOptions = z
  .strictObject({
    ...subjectOptions,
    maxJobs: jobsOption,
    json: z.boolean().optional().describe('print one JSON object for each compile instead of text'),
  })
  .describe(
    'Says what building a release would do: compiled or replayed and why, commands, environment, estimates, missing tools. Touches nothing.',
  );
