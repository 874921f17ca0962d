import { relabel } from '../../package/relabel.ts';
import { checkPostfix } from '../../wheel/version.ts';
import { executor } from '../repository.ts';
import { existingWheels } from './existing-wheels.ts';
import { relabelOptions } from './options.ts';

export default executor(relabelOptions, async (options, repository) => {
  checkPostfix(options.postfix);
  for (const { paths, outDir } of await existingWheels(options, repository, 'relabel')) {
    for (const wheel of paths) {
      if (options.dryRun) {
        repository.report(`dry run: would make ${options.postfix} of ${wheel} in ${outDir}`);
        continue;
      }
      const made = await relabel({ wheel, postfix: options.postfix, outDir });
      repository.report(`made ${made.path} (sha256 ${made.sha256})`);
    }
  }
  return true;
});
