import { z } from 'zod';
import { publicationOptions } from '../publish/options.ts';

export const releasePageOptions = z
  .strictObject({
    wheels: z
      .string()
      .optional()
      .describe(
        'folder of the wheels and their report.json files, or one wheel; default: none, it must be given',
      ),
    commit: z
      .string()
      .optional()
      .describe("commit that a new tag is put on; default: the head of GitHub's default branch"),
    ...publicationOptions,
  })
  .describe(
    'Creates or completes the GitHub release of each version of prebuilt, verified wheels, with those of the same version that the index has.',
  );
