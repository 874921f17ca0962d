import { z } from 'zod';
import { dryRunOption, jsonOption, listOption, versionOption } from '../upstream-options.ts';

export const pinOptions = z
  .strictObject({
    releases: listOption('releases to pin: "0.8.5, 0.11.0-0.11.2, v0.12.0"'),
    new: z.boolean().optional().describe('pin every upstream release that is not pinned yet'),
    minimum: versionOption('with --new: older releases are never new'),
    exclude: listOption('with --new: versions to pass over, comma-separated'),
    preReleases: z.boolean().optional().describe('with --new: pre-releases too'),
    force: z.boolean().optional().describe('accept a tag that moved since it was pinned'),
    dryRun: dryRunOption,
    json: jsonOption,
  })
  .refine((options) => (options.releases === undefined) !== !options.new, {
    message: 'give either --releases="..." or --new',
  })
  .describe('Writes the pins of upstream releases from the repository at their tags.');
