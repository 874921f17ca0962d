import { buildOneDnn } from '../../compile/onednn/build-onednn.ts';
import { oneDnnKey } from '../../compile/onednn/onednn-key.ts';
import { planOneDnn } from '../../compile/onednn/onednn-plan.ts';
import { executor } from '../executor.ts';
import { oneDnnSubject } from './onednn-subject.ts';
import { oneDnnOptions } from './options.ts';

export default executor(oneDnnOptions.all, async (options, repository) => {
  const { settings, runner, report } = repository;
  const { build, platform } = oneDnnSubject(repository, options.build);
  const key = await oneDnnKey(build, platform, settings, runner);
  await buildOneDnn(planOneDnn(build, platform, settings, key, options.maxJobs), runner, report);
  return true;
});
