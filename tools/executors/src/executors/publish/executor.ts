import { builtWheel } from '@vllm-cpu/commands/built-wheel';
import { executor } from '../executor.ts';
import { subjectOf } from '@vllm-cpu/commands/subject';
import { publishOptions } from './options.ts';
import { builtWheels, publication, targetOf } from '@vllm-cpu/commands/publication';

export default executor(publishOptions, async (options, repository) => {
  const { release } = subjectOf(repository, options);
  const { version } = builtWheel(repository.root, options.variant, options.release).manifest;
  const target = targetOf(options, repository, version, release.source.kind === 'embedded');
  const found = await builtWheels(repository, [options.variant], options.release);
  return publication(found, target, options, repository);
});
