import { stageOptions } from '../stage-options.ts';
import { jobsOption, keepWorkspaceOption, subjectOptions } from '../subject-options.ts';

export const compileOptions = stageOptions(
  "Compiles one instruction-set level of one release hermetically: upstream's own wheel and a manifest.",
  {
    subject: subjectOptions,
    inKey: {},
    outOfKey: {
      maxJobs: jobsOption,
      keepWorkspace: keepWorkspaceOption,
    },
  },
);
