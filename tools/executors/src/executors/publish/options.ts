import { z } from 'zod';
import { subjectOptions } from '../subject.ts';
import { dryRunOption, jsonOption } from '../upstream-options.ts';

/** Which index, and how it may be reached. */
export const indexOptions = {
  index: z
    .string()
    .optional()
    .describe('pypi, testpypi, a name of your .pypirc, an upload URL, or file:<directory>'),
  allowInsecure: z
    .boolean()
    .optional()
    .describe('accept http:// to a host that is not this machine'),
};

/** Options that every step of a publication accepts, because umbrellas forward them. */
export const publicationOptions = {
  ...indexOptions,
  skipGithub: z.boolean().optional().describe('make no GitHub release'),
  dryRun: dryRunOption,
  json: jsonOption,
};

export const publishOptions = z
  .strictObject({ ...subjectOptions, ...publicationOptions })
  .describe('Uploads exactly the verified bytes of one wheel, and reads the index back.');
