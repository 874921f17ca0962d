import { z } from 'zod';
import { jobsOption } from '../subject-options.ts';
import { listOption } from '../upstream-options.ts';

export const planWheelsOptions = z
  .strictObject({
    releases: listOption(
      'releases to plan, comma-separated: pins, versions, ranges; default: every active release',
    ),
    maxJobs: jobsOption,
    json: z.boolean().optional().describe('print one JSON object for each compile instead of text'),
  })
  .describe(
    'Says what building all wheels would do, in one table: compiled or replayed, time, disk, memory, and what is missing. Touches nothing; --verbose adds commands and environment.',
  );
