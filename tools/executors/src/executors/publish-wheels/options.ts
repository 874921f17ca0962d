import { z } from 'zod';
import { publicationOptions } from '../publish/options.ts';

export const publishWheelsOptions = z
  .strictObject({
    wheels: z
      .string()
      .optional()
      .describe(
        'folder of the wheels and their report.json files, or one wheel; default: none, it must be given',
      ),
    ...publicationOptions,
  })
  .describe('Uploads prebuilt, verified wheels; builds nothing.');
