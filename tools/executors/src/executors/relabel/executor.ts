import { basename } from 'node:path';
import { relabel } from '@vllm-cpu/package/relabel';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { formatTag, parseWheelFileName } from '@vllm-cpu/wheel/file-name';
import { checkPostfix } from '@vllm-cpu/wheel/version';
import { executor } from '../executor.ts';
import { existingWheels } from '@vllm-cpu/commands/existing-wheels';
import { relabelOptions } from './options.ts';

export default executor(relabelOptions, async (options, repository) => {
  checkPostfix(options.postfix);
  for (const { paths, outDir } of await existingWheels(options, repository, 'relabel')) {
    refuseTwins(paths);
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
