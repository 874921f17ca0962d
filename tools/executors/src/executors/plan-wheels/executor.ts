import { describePlan } from '@vllm-cpu/commands/describe-plan';
import type { PlanReport } from '@vllm-cpu/commands/plan-report';
import { planLines, planTable } from '@vllm-cpu/commands/plan-table';
import { planWheels } from '@vllm-cpu/commands/plan-wheels';
import { executor } from '../executor.ts';
import { planWheelsOptions } from './options.ts';

export default executor(planWheelsOptions, async (options, repository) => {
  const plans = await planWheels(options.releases, repository, options);
  const text = repository.verbose ? withDetails : planTable;
  repository.report(options.json ? planLines(plans, repository.verbose === true) : text(plans));
  return plans.every(({ action }) => action !== 'cannot run');
});

function withDetails(plans: readonly PlanReport[]): string {
  return [...plans.map(describePlan), planTable(plans)].join('\n\n');
}
