import { z } from 'zod';
import { subjectOptions } from '../subject-options.ts';
import {
  dryRunOption,
  flagOption,
  jsonOption,
  targetOptions,
  textOption,
} from '../option-kinds.ts';

/** Which index, and how it may be reached. */
export const indexOptions = {
  index: textOption(
    'pypi, testpypi, a name of your .pypirc, an upload URL, or file:<folder>; default: VLLM_CPU_INDEX, or testpypi for pre-releases, pypi for others, and file:dist/index for the samples',
  ),
  allowInsecure: flagOption('accept http:// to a host that is not this machine'),
  readUrl: textOption(
    'URL of the simple API of that index; for a folder, the URL on its pages; default: VLLM_CPU_INDEX_READ_URL, or derived from the upload URL',
  ),
};

const mebibytes = z.int().positive().optional();

/** What the index granted beyond its usual limits. */
const limitOptions = {
  fileLimit: mebibytes.describe('largest file that the index accepts, in MiB; default: 100'),
  projectLimit: mebibytes.describe('space that the index gives a project, in MiB; default: 10240'),
};

/** Options that every step of a publication accepts, because umbrellas forward them. */
export const publicationOptions = {
  ...indexOptions,
  ...limitOptions,
  skipGithub: flagOption('make no GitHub release'),
  dryRun: dryRunOption,
  json: jsonOption,
};

export const publishOptions = targetOptions(
  'Uploads exactly the verified bytes of one wheel, and reads the index back.',
  { ...subjectOptions, ...publicationOptions },
);
