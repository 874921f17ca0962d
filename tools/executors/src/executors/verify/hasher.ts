import { builtWheel } from '../built-wheel.ts';
import { stageHasher } from '../stage-hasher.ts';
import { subjectOf } from '../subject.ts';
import { verifyOptions } from './options.ts';
import { verifyKey } from './verification.ts';

/** See verification.ts for what the key digests. */
export default stageHasher(verifyOptions, async (subject, repository) => {
  const { path } = builtWheel(repository.root, subject.variant, subject.release);
  return verifyKey(subjectOf(repository, subject), path, repository);
});
