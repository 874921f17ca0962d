import { describePlan, planLine } from '@vllm-cpu/commands/describe-plan';
import { planReport } from '@vllm-cpu/commands/plan-report';
import { executor } from '../executor.ts';
import { subjectOf } from '@vllm-cpu/commands/subject';
import { planOptions } from './options.ts';

export default executor(planOptions, async (options, repository) => {
  const report = await planReport(subjectOf(repository, options), repository, options);
  const text = options.json
    ? JSON.stringify(report)
    : repository.verbose
      ? describePlan(report)
      : planLine(report);
  repository.report(text);
  return report.action !== 'cannot run';
});
