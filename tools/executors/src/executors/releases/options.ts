import { z } from 'zod';
import { jsonOption, versionOption } from '../upstream-options.ts';

export const releasesOptions = z
  .strictObject({
    oldest: versionOption('older releases are left out unless they are pinned'),
    preReleases: z.boolean().optional().describe('list pre-releases too'),
    json: jsonOption,
  })
  .describe(
    'Lists the available, pinned and active releases, and which variants each can express.',
  );
