import { z } from 'zod';
import { releaseOption } from '@vllm-cpu/commands/release-option';

export const activateOptions = z
  .strictObject({
    release: releaseOption("name of the release's pin"),
    off: z.boolean().optional().describe('take it out instead'),
  })
  .describe(
    'Puts a pinned release into the umbrella targets (build, verify, publish, image) and wheels:plan.',
  );
