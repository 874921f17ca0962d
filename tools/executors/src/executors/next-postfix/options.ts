import { z } from 'zod';
import { jsonOption } from '../upstream-options.ts';

export const nextPostfixOptions = z
  .strictObject({
    variant: z.string().describe('short name of the variant; set by the plugin'),
    release: z
      .string()
      .optional()
      .describe("name of the release's pin; every active one when left out"),
    index: z
      .string()
      .optional()
      .describe('pypi, testpypi, a name of your .pypirc, an upload URL, or file:<directory>'),
    all: z.boolean().optional().describe('free in all five packages together'),
    allowInsecure: z.boolean().optional().describe('accept http:// to another host'),
    json: jsonOption,
  })
  .describe('Prints the highest existing postfix on the index and the next free one.');
