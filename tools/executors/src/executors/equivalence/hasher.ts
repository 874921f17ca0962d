import { stageHasher } from '../stage-hasher.ts';
import { equivalenceKey } from '@vllm-cpu/commands/equivalence-key';
import { equivalenceOptions } from './options.ts';

/** See equivalence-key.ts for what the key digests. */
export default stageHasher(equivalenceOptions, (options, repository) =>
  equivalenceKey(options.release, repository),
);
