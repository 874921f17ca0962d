import { builtWheel } from '@vllm-cpu/commands/built-wheel';
import { stageHasher } from '../stage-hasher.ts';
import { subjectOf } from '@vllm-cpu/commands/subject';
import { verifyOptions } from './options.ts';
import { verifyKey } from '@vllm-cpu/commands/verification';

/** See verification.ts for what the key digests. */
export default stageHasher(verifyOptions, async (subject, repository) => {
  const { path } = builtWheel(repository.root, subject.variant, subject.release);
  return verifyKey(subjectOf(repository, subject), path, repository);
});
