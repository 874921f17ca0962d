import { jobsOption } from '../subject-options.ts';
import { flagOption, listOption, targetOptions } from '../option-kinds.ts';

export const planWheelsOptions = targetOptions(
  'Says what building all wheels would do, in one table: compiled or replayed, time, disk, memory, and what is missing. Touches nothing; --verbose adds commands, environment and what decides the key.',
  {
    releases: listOption(
      'releases to plan, comma-separated: pins, versions, ranges; default: every active release',
    ),
    maxJobs: jobsOption,
    json: flagOption('print one JSON object for each compile instead of text'),
  },
);
