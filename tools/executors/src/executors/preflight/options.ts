import { releaseOptions } from '../equivalence/options.ts';
import { publicationOptions } from '../publish/options.ts';
import { targetOptions } from '../option-kinds.ts';

export const preflightOptions = targetOptions(
  'Reads the index for all wheels of a release and says whether an upload may start.',
  { ...releaseOptions, ...publicationOptions },
);
