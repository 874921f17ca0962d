import { z } from 'zod';
import { releaseOptions } from '../equivalence/options.ts';
import { publicationOptions } from '../publish/options.ts';

export const preflightOptions = z
  .strictObject({ ...releaseOptions, ...publicationOptions })
  .describe('Reads the index for all wheels of a release and says whether an upload may start.');
