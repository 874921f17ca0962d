import { activate } from '@vllm-cpu/pin/edit-pin';
import { executor } from '../executor.ts';
import { releasesDir } from '@vllm-cpu/commands/upstream-access';
import { activateOptions } from './options.ts';

export default executor(activateOptions, async ({ release, off = false }, repository) => {
  const edit = await activate({ releasesDir: releasesDir(repository), release, active: !off });
  repository.report(
    `${release} is ${edit.changed ? 'now' : 'already'} ${off ? 'inactive' : 'active'}; commit its pin.`,
  );
  return true;
});
