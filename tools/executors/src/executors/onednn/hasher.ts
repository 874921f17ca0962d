import { oneDnnKey } from '@vllm-cpu/compile/onednn-key';
import { WHEEL_ROOM } from '@vllm-cpu/compile/plan';
import { stageHasher } from '../stage-hasher.ts';
import { oneDnnOptions } from './options.ts';
import { oneDnnSubject } from '@vllm-cpu/commands/onednn-subject';

/** See onednn-key.ts for what the key digests and what it leaves out. */
export default stageHasher(
  oneDnnOptions,
  async (options, repository) => {
    const { build, platform } = oneDnnSubject(repository, options.build);
    return (await oneDnnKey(build, platform, repository.settings, repository.runner)).value;
  },
  WHEEL_ROOM,
);
