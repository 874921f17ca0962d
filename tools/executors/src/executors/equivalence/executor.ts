import { writeAtomically } from '@vllm-cpu/system/files';
import { join } from 'node:path';
import { builtWheel } from '@vllm-cpu/commands/built-wheel';
import { executor } from '../executor.ts';
import { variantsOn } from '@vllm-cpu/commands/subject';
import { compareFiles, describeComparison } from '@vllm-cpu/commands/compared-wheels';
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
