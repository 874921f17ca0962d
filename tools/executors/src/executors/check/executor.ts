import { executor } from '../executor.ts';
import { checkText } from '@vllm-cpu/commands/check-text';
import { checkUpstream } from '@vllm-cpu/commands/check-upstream';
import { checkOptions } from './options.ts';

/** Nx knows success and failure only: failure is work, or an error, which is printed. */
export default executor(checkOptions, async (options, repository) => {
  const report = await checkUpstream(options, repository);
  repository.report(options.json ? JSON.stringify(report) : checkText(report));
  return !report.work || (options.exitZero ?? false);
});
