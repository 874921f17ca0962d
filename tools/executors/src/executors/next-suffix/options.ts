import { z } from 'zod';
import { releaseOption } from '@vllm-cpu/commands/release-option';
import { indexOptions } from '../publish/options.ts';
import { flagOption, jsonOption, targetOptions } from '../option-kinds.ts';

export const nextSuffixOptions = targetOptions(
  'Prints the highest existing suffix on the index and the next free one.',
  {
    variant: z.string().describe('short name of the variant; set by the plugin'),
    release: releaseOption("name of the release's pin; default: every active one").optional(),
    ...indexOptions,
    all: flagOption('the next suffix that is free in all packages'),
    json: jsonOption,
  },
);
