import { z } from 'zod';
import { subjectOptions } from '../subject-options.ts';
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
  readUrl: z
    .string()
    .optional()
    .describe(
      'URL of the simple API, if it cannot be derived from the upload URL; for pages of a folder',
    ),
};

const mebibytes = z.int().positive().optional();

/** What the index granted beyond its usual limits. */
const limitOptions = {
  fileLimit: mebibytes.describe('MiB that the index takes in one file, where not the usual 100'),
  projectLimit: mebibytes.describe('MiB that the index gives a project, where not the usual 10240'),
};

/** Options that every step of a publication accepts, because umbrellas forward them. */
export const publicationOptions = {
  ...indexOptions,
  ...limitOptions,
  skipGithub: z.boolean().optional().describe('make no GitHub release'),
  dryRun: dryRunOption,
  json: jsonOption,
};

export const publishOptions = z
  .strictObject({ ...subjectOptions, ...publicationOptions })
  .describe('Uploads exactly the verified bytes of one wheel, and reads the index back.');
