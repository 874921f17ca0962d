import { z } from 'zod';
import { jobsOption, subjectOptions } from '../subject-options.ts';

export const compileOptions = z
  .strictObject({
    ...subjectOptions,
    maxJobs: jobsOption,
    keepWorkspace: z
      .boolean()
      .optional()
      .describe('keep the throwaway source tree and build folder, to look at'),
  })
  .describe(
    "Compiles one instruction-set level of one release hermetically: upstream's own wheel and a manifest.",
  );
