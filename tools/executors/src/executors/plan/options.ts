import { jobsOption, subjectOptions } from '../subject-options.ts';
import { flagOption, targetOptions } from '../option-kinds.ts';

export const planOptions = targetOptions(
  'Says what building a release would do: compiled or replayed and why, commands, environment, estimates, missing tools. Touches nothing.',
  {
    ...subjectOptions,
    maxJobs: jobsOption,
    json: flagOption('print one JSON object for each compile instead of text'),
  },
);
