import { z } from 'zod';
import { publicationOptions } from '../publish/options.ts';

export const publishWheelsOptions = z
  .strictObject({
    wheels: z
      .string()
      .optional()
      .describe('folder that has the wheels and their report.json files'),
    ...publicationOptions,
  })
  .describe('Uploads prebuilt, verified wheels; builds nothing.');
