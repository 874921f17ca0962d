import { z } from 'zod';
import { jobsOption } from '../subject-options.ts';

export const oneDnnOptions = z
  .strictObject({
    build: z.string().describe('name of the build, such as v3.13-cxx20; set by the plugin'),
    maxJobs: jobsOption,
  })
  .describe('Builds one oneDNN for every release and variant that links it.');
