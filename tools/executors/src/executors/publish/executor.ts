import { builtWheel } from '../built-wheel.ts';
import { executor } from '../executor.ts';
import { subjectOf } from '../subject.ts';
import { publishOptions } from './options.ts';
import { builtWheels, publication, targetOf } from './publication.ts';

export default executor(publishOptions, async (options, repository) => {
  const { release } = subjectOf(repository, options);
  const { version } = builtWheel(repository.root, options.variant, options.release).manifest;
  const target = targetOf(options, repository, version, release.source.kind === 'embedded');
  const found = await builtWheels(repository, [options.variant], options.release);
  return publication(found, target, options, repository);
});
