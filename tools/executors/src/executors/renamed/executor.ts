import { executor } from '../executor.ts';
import { renamedOptions } from './options.ts';

/** Says that a target has a new name. The target itself has run before, as a dependency. */
export default executor(renamedOptions, async ({ oldName, newName }, repository) => {
  repository.report(
    `warning: the target ${oldName} is now called ${newName}; the old name will be removed in the next release`,
  );
  return true;
});
