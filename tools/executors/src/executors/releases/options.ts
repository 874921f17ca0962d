import { OLDEST_RELEASE } from '@vllm-cpu/pin/version';
import { flagOption, jsonOption, targetOptions, versionOption } from '../option-kinds.ts';

export const releasesOptions = targetOptions(
  'Lists the available, pinned and active releases, and which variants each can express.',
  {
    oldest: versionOption(
      `leave out older releases, unless they are pinned; default: ${OLDEST_RELEASE}`,
    ),
    preReleases: flagOption('list pre-releases too'),
    json: jsonOption,
  },
);
