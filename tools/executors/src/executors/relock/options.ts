import { z } from 'zod';
import {
  dryRunOption,
  flagOption,
  jsonOption,
  listOption,
  targetOptions,
} from '../option-kinds.ts';

/** The end of the given day would be another instant in each release of uv: the day's first is meant. */
const day = z.iso.date('write the day as 2026-01-31').transform((given) => `${given}T00:00:00Z`);

export const relockOptions = targetOptions(
  'Resolves the locks of build environments or tools again, and prints what changed.',
  {
    releases: listOption(
      'pins to resolve again, comma-separated: "0.12.0, sample"; default: every pin',
    ),
    tools: flagOption(
      'the locks of the Python programs that tests and CI use, instead of those of pins',
    ),
    excludeNewer: day
      .optional()
      .describe(
        'ignore packages uploaded on or after this day (2026-01-31, UTC); default: the day in the lock',
      ),
    dryRun: dryRunOption,
    json: jsonOption,
  },
).refine((options) => !options.tools || options.releases === undefined, {
  message: 'give either --releases or --tools',
});
