import { z } from 'zod';
import { releaseOption } from '@vllm-cpu/commands/release-option';
import { indexOptions } from '../publish/options.ts';
import { jsonOption } from '../upstream-options.ts';

export const nextSuffixOptions = z
  .strictObject({
    variant: z.string().describe('short name of the variant; set by the plugin'),
    release: releaseOption("name of the release's pin; default: every active one").optional(),
    ...indexOptions,
    all: z.boolean().optional().describe('the next suffix that is free in all packages'),
    json: jsonOption,
  })
  .describe('Prints the highest existing suffix on the index and the next free one.');
