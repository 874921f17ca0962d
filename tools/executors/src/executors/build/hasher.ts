import { WHEEL_ROOM } from '@vllm-cpu/compile/plan';
import { stageHasher } from '../stage-hasher.ts';
import { subjectOf } from '@vllm-cpu/commands/subject';
import { buildKey } from '@vllm-cpu/commands/build-key';
import { buildOptions } from './options.ts';

/** See build-key.ts for what the key digests. */
export default stageHasher(
  buildOptions,
  async (options, repository) => {
    const key = await buildKey(subjectOf(repository, options), repository);
    return key.value;
  },
  WHEEL_ROOM,
);
