import { OLDEST_RELEASE } from '@vllm-cpu/pin/version';
import {
  dryRunOption,
  flagOption,
  jsonOption,
  listOption,
  targetOptions,
  versionOption,
} from '../option-kinds.ts';

export const pinOptions = targetOptions(
  'Writes the pins of upstream releases from the repository at their tags.',
  {
    releases: listOption(
      'releases to pin: "0.8.5, 0.11.0-0.11.2, v0.12.0"; default: none, give this or --new',
    ),
    new: flagOption('pin every upstream release that is not pinned yet'),
    minimum: versionOption(`with --new: older releases are never new; default: ${OLDEST_RELEASE}`),
    exclude: listOption('with --new: versions to pass over, comma-separated; default: none'),
    preReleases: flagOption('with --new: pin pre-releases too'),
    force: flagOption('accept a tag that has moved since it was pinned'),
    dryRun: dryRunOption,
    json: jsonOption,
  },
).refine((options) => (options.releases === undefined) !== !options.new, {
  message: 'give either --releases="..." or --new',
});
