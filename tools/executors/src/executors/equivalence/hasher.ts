import { stageHasher } from '../stage-hasher.ts';
import { equivalenceKey } from './equivalence-key.ts';
import { equivalenceOptions } from './options.ts';

/** See equivalence-key.ts for what the key digests. */
export default stageHasher(equivalenceOptions, (options, repository) =>
  equivalenceKey(options.release, repository),
);
