import { describeEstimate } from '@vllm-cpu/compile/estimate';
import { quoteArgv } from '@vllm-cpu/system/quote';
import type { PlanReport } from './plan-report.ts';

/** The plan as text for people. */
export function describePlan(report: PlanReport): string {
  const rows: [string, string][] = [
    ['package', `${report.distribution} ${report.version} (${report.platform})`],
    [
      'compiled by',
      report.compiledBy === report.variant
        ? 'itself'
        : `variant-${report.compiledBy}, which is equivalent at this release`,
    ],
    ['action', `${report.action}: ${report.why}`],
  ];
  if (report.key) rows.push(['key', report.key]);
  if (report.estimate) rows.push(['estimate', describeEstimate(report.estimate, report.jobs ?? 1)]);
  if (report.output) rows.push(['output', report.output]);
  for (const command of report.commands) rows.push(['command', quoteArgv(command)]);
  for (const [name, value] of Object.entries(report.environment)) {
    rows.push(['environment', `${name}=${value}`]);
  }
  return rows.map(([label, value]) => `${`${label}:`.padEnd(13)}${value}`).join('\n');
}
