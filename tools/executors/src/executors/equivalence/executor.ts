import { writeAtomically } from '../../system/files.ts';
import { join } from 'node:path';
import { builtWheel } from '../built-wheel.ts';
import { executor } from '../executor.ts';
import { variantsOn } from '../subject.ts';
import { compareFiles, describeComparison } from './compared-wheels.ts';
import { equivalenceOptions } from './options.ts';

export default executor(equivalenceOptions.all, async (options, repository) => {
  const { release, platform, variants } = variantsOn(repository, options.release);
  const wheels = variants.map(({ name, rank }) => ({
    variant: name,
    rank,
    path: builtWheel(repository.root, name, options.release).path,
  }));
  const outcome = await compareFiles(wheels, release, platform, repository);
  const file = join(
    repository.root,
    'dist',
    'wheels',
    options.release,
    'equivalence',
    'equivalence.json',
  );
  await writeAtomically(file, `${JSON.stringify(outcome, null, 2)}\n`);
  repository.report(describeComparison(outcome));
  return outcome.status === 'passed';
});
