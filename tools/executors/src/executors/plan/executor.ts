import { describePlan } from './describe-plan.ts';
import { planReport } from './plan-report.ts';
import { executor } from '../executor.ts';
import { subjectOf } from '../subject.ts';
import { planOptions } from './options.ts';

export default executor(planOptions, async (options, repository) => {
  const report = await planReport(subjectOf(repository, options), repository, options);
  repository.report(options.json ? JSON.stringify(report) : describePlan(report));
  return report.action !== 'cannot run';
});
