import { compileKey } from '@vllm-cpu/compile/compile-key';
import { WHEEL_ROOM } from '@vllm-cpu/compile/plan';
import { stageHasher } from '../stage-hasher.ts';
import { subjectOf } from '@vllm-cpu/commands/subject';
import { compileOptions } from './options.ts';

/** See compile-key.ts for what the key digests and what it leaves out. */
export default stageHasher(
  compileOptions,
  async (options, repository) => {
    const subject = subjectOf(repository, options);
    const key = await compileKey(subject, repository.settings, repository.runner);
    return key.value;
  },
  WHEEL_ROOM,
);
