import { z } from 'zod';
import { stageOptions } from '../stage-options.ts';
import { jobsOption, keepWorkspaceOption } from '../subject-options.ts';

export const oneDnnOptions = stageOptions(
  'Builds one oneDNN for every release and variant that links it.',
  {
    subject: {
      build: z.string().describe('name of the build, such as v3.13-cxx20; set by the plugin'),
    },
    inKey: {},
    // Those of compile, which forwards its own.
    outOfKey: { maxJobs: jobsOption, keepWorkspace: keepWorkspaceOption },
  },
);
