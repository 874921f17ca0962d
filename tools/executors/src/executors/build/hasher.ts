import { stageHasher } from '../stage-hasher.ts';
import { subjectOf } from '../subject.ts';
import { buildKey } from './build-key.ts';
import { buildOptions } from './options.ts';

/** See build-key.ts for what the key digests. */
export default stageHasher(buildOptions, async (options, repository) => {
  const key = await buildKey(subjectOf(repository, options), repository);
  return key.value;
});
