import { findWheels } from '@vllm-cpu/wheel/find-wheels';
import { executor } from '../executor.ts';
import { handedInPlace, NO_WHEELS_HANDED_IN } from '../handed-in-place.ts';
import { publication } from '@vllm-cpu/commands/publication';
import { handedInTarget } from '@vllm-cpu/commands/handed-in-target';
import { publishWheelsOptions } from './options.ts';

export default executor(publishWheelsOptions, async (options, repository, context) => {
  const place = handedInPlace(options.wheels, context);
  if (!place) {
    repository.report(NO_WHEELS_HANDED_IN);
    return true;
  }
  const found = await findWheels([place]);
  return publication(found, handedInTarget(found, options, repository), options, repository);
});
