import { builtWheel } from '../built-wheel.ts';
import { stageHasher } from '../stage-hasher.ts';
import { subjectOf } from '../subject.ts';
import { verifyOptions } from './options.ts';
import { verifyKey } from './verification.ts';

/** See verification.ts for what the key digests. */
export default stageHasher(verifyOptions, async (options, repository) => {
  const { path } = builtWheel(repository.root, options.variant, options.release);
  return verifyKey(subjectOf(repository, options), path, repository, options);
});
