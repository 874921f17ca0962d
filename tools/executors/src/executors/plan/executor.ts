import { describePlan, planLine } from '@vllm-cpu/commands/describe-plan';
import { planReports } from '@vllm-cpu/commands/plan-report';
import { executor } from '../executor.ts';
import { subjectOf } from '@vllm-cpu/commands/subject';
import { planOptions } from './options.ts';

export default executor(planOptions, async (options, repository) => {
  const reports = await planReports(subjectOf(repository, options), repository, options);
  const text = options.json ? JSON.stringify : repository.verbose ? describePlan : planLine;
  for (const report of reports) repository.report(text(report));
  return reports.every(({ action }) => action !== 'cannot run');
});
