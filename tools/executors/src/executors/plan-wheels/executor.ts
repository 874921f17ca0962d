import { describePlan } from '@vllm-cpu/commands/describe-plan';
import type { PlanReport } from '@vllm-cpu/commands/plan-report';
import { planTable } from '@vllm-cpu/commands/plan-table';
import { planWheels } from '@vllm-cpu/commands/plan-wheels';
import { executor } from '../executor.ts';
import { planWheelsOptions } from './options.ts';

export default executor(planWheelsOptions, async (options, repository) => {
  const plans = await planWheels(options.releases, repository, options);
  const print = options.json ? jsonLines : repository.verbose ? withDetails : planTable;
  repository.report(print(plans));
  return plans.every(({ action }) => action !== 'cannot run');
});

function jsonLines(plans: readonly PlanReport[]): string {
  return plans.map((plan) => JSON.stringify(plan)).join('\n');
}

function withDetails(plans: readonly PlanReport[]): string {
  return [...plans.map(describePlan), planTable(plans)].join('\n\n');
}
