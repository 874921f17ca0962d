import { basename } from 'node:path';
import { retag } from '@vllm-cpu/package/retag';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { formatTag, parseWheelFileName } from '@vllm-cpu/wheel/file-name';
import { checkSuffix } from '@vllm-cpu/wheel/version';
import { executor } from '../executor.ts';
import { existingWheels } from '@vllm-cpu/commands/existing-wheels';
import { retagOptions } from './options.ts';

export default executor(retagOptions, async (options, repository) => {
  checkSuffix(options.suffix);
  for (const { paths, outDir } of await existingWheels(options, repository, 'retag')) {
    refuseTwins(paths);
    for (const wheel of paths) {
      if (options.dryRun) {
        repository.report(`dry run: would make ${options.suffix} of ${wheel} in ${outDir}`);
        continue;
      }
      const made = await retag({ wheel, suffix: options.suffix, outDir });
      repository.report(`made ${made.path} (sha256 ${made.sha256})`);
    }
  }
  return true;
});

/** Two versions of one wheel would become the same file. */
function refuseTwins(paths: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const path of paths) {
    const tag = formatTag(parseWheelFileName(basename(path)).tag);
    const other = seen.get(tag);
    if (other) {
      throw new VllmCpuError({
        code: 'WHEELS_AMBIGUOUS',
        what: `${basename(other)} and ${basename(path)} would become the same wheel`,
        why: 'Both have the same release and platform.',
        next: 'Choose one with --version=<version>.',
      });
    }
    seen.set(tag, path);
  }
}
