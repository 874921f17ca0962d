import { rewriteReadme } from '@vllm-cpu/package/rewrite-readme';
import { readmeOf } from '@vllm-cpu/commands/build-key';
import { existingWheels } from '@vllm-cpu/commands/existing-wheels';
import { executor } from '../executor.ts';
import { readmeOptions } from './options.ts';

export default executor(readmeOptions, async (options, repository) => {
  const readme = readmeOf(repository.root, options.variant);
  for (const { paths, outDir } of await existingWheels(options, repository, 'update-readme')) {
    for (const wheel of paths) {
      if (options.dryRun) {
        repository.report(`dry run: would put the README into ${wheel}, in ${outDir}`);
        continue;
      }
      const made = await rewriteReadme({ wheel, readme, outDir });
      repository.report(`made ${made.path} (sha256 ${made.sha256})`);
    }
  }
  return true;
});
