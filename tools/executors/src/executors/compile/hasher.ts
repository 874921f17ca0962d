import { compileKey } from '../../compile/compile-key.ts';
import { stageHasher } from '../stage-hasher.ts';
import { subjectOf } from '../subject.ts';
import { compileOptions } from './options.ts';

/** See compile-key.ts for what the key digests and what it leaves out. */
export default stageHasher(compileOptions, async (options, repository) => {
  const subject = subjectOf(repository, options);
  const key = await compileKey(subject, repository.settings, repository.runner);
  return key.value;
});
