import { z } from 'zod';
import { releaseOption } from '@vllm-cpu/commands/release-option';

export const collectOptions = z
  .strictObject({
    release: releaseOption("name of the release's pin"),
    to: z.string().optional().describe('output folder; default: dist/vllm-<version>'),
    verified: z
      .boolean()
      .optional()
      .describe('refuse wheels without a passed report; on unless --verified=false'),
  })
  .describe('Gathers all wheels of a release, their reports and a checksum file in one folder.');
