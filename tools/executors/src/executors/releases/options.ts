import { z } from 'zod';
import { OLDEST_RELEASE } from '@vllm-cpu/pin/version';
import { jsonOption, versionOption } from '../upstream-options.ts';

export const releasesOptions = z
  .strictObject({
    oldest: versionOption(
      `leave out older releases, unless they are pinned; default: ${OLDEST_RELEASE}`,
    ),
    preReleases: z.boolean().optional().describe('list pre-releases too'),
    json: jsonOption,
  })
  .describe(
    'Lists the available, pinned and active releases, and which variants each can express.',
  );
