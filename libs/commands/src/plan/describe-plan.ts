import { describeEstimate } from '@vllm-cpu/compile/estimate';
import { quoteArgv } from '@vllm-cpu/system/quote';
import type { PlanReport } from './plan-report.ts';

/** The plan in a line: what a build would do, what it costs, and where the sources come from. */
export function planLine(report: PlanReport): string {
  const subject = `${report.distribution} ${report.version}: ${report.action}`;
  const costs = report.estimate ? [describeEstimate(report.estimate, report.jobs ?? 1)] : [];
  const sources = report.sources ? [`sources from ${report.sources} (not asked)`] : [];
  return [subject, report.why, ...costs, ...sources].join('; ');
}

/** The plan as text for people, with all details. */
export function describePlan(report: PlanReport): string {
  const rows: [string, string][] = [
    ['package', `${report.distribution} ${report.version} (${report.platform})`],
    [
      'compiled by',
      report.compiledBy === report.variant
        ? 'itself'
        : `variant-${report.compiledBy}, which ${report.sum ? 'is one of its levels' : 'is equivalent at this release'}`,
    ],
    ['action', `${report.action}: ${report.why}`],
  ];
  if (report.key) rows.push(['key', report.key]);
  if (report.estimate) rows.push(['estimate', describeEstimate(report.estimate, report.jobs ?? 1)]);
  if (report.sources) rows.push(['sources', report.sources]);
  if (report.output) rows.push(['output', report.output]);
  for (const command of report.commands) rows.push(['command', quoteArgv(command)]);
  for (const [name, value] of Object.entries(report.environment)) {
    rows.push(['environment', `${name}=${value}`]);
  }
  return rows.map(([label, value]) => `${`${label}:`.padEnd(13)}${value}`).join('\n');
}
