import { z } from 'zod';
import { buildOneDnn } from '@vllm-cpu/compile/build-onednn';
import { oneDnnKey } from '@vllm-cpu/compile/onednn-key';
import { planOneDnn } from '@vllm-cpu/compile/onednn-plan';
import { executor } from '../executor.ts';
import { oneDnnSubject } from '@vllm-cpu/commands/onednn-subject';
import { withoutIgnored } from '../stage-options.ts';
import { oneDnnOptions } from './options.ts';

const schema = z.preprocess(
  (given) => withoutIgnored(given, oneDnnOptions.ignored),
  oneDnnOptions.all,
);

export default executor(schema, async (options, repository) => {
  const { settings, runner, report } = repository;
  const { build, platform } = oneDnnSubject(repository, options.build);
  const key = await oneDnnKey(build, platform, settings, runner);
  await buildOneDnn(planOneDnn(build, platform, settings, key, options.maxJobs), runner, report);
  return true;
});
