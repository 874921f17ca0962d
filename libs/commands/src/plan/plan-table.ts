import Table from 'cli-table3';
import { duration } from '@vllm-cpu/compile/progress';
import type { Estimate } from '@vllm-cpu/compile/estimate';
import { formatSize } from '@vllm-cpu/system/format-size';
import type { PlanReport } from './plan-report.ts';

/** One wheel: a wheel of several levels is made from several compiles. */
type WheelPlan = readonly [PlanReport, ...PlanReport[]];

const HEAD = ['wheel', 'action', 'time', 'disk', 'memory'];

/** All wheels in one table: what a build would do for each, then what it costs in all, and what is missing. */
export function planTable(plans: readonly PlanReport[]): string {
  if (plans.length === 0) return 'no release is active: give one with --releases=<version>';
  const table = new Table({ head: HEAD, style: { head: [], border: [], compact: true } });
  const own = plans.filter(isOwnCompile);
  table.push(...oneDnnRows(own));
  for (const wheel of byWheel(plans)) table.push(wheelRow(wheel));
  return [
    table.toString(),
    totalLine(own),
    ...sourcesLine(own),
    ...reasonLines(plans),
    ...detailsLine(plans),
  ].join('\n');
}

function byWheel(plans: readonly PlanReport[]): WheelPlan[] {
  const wheels = new Map<string, [PlanReport, ...PlanReport[]]>();
  for (const plan of plans) {
    const before = wheels.get(titleOf(plan));
    if (before) before.push(plan);
    else wheels.set(titleOf(plan), [plan]);
  }
  return [...wheels.values()];
}

function wheelRow(wheel: WheelPlan): string[] {
  const [plan] = wheel;
  const { estimate } = plan;
  if (!isOwnCompile(plan)) return [titleOf(plan), borrowed(wheel), '', '', ''];
  if (!estimate) return [titleOf(plan), plan.action, '', '', ''];
  return [titleOf(plan), plan.action, ...costs(estimate, estimate.oneDnnSeconds)];
}

/** What a wheel without a compile of its own is made from. */
function borrowed(wheel: WheelPlan): string {
  if (wheel.some(({ action }) => action === 'cannot run')) return 'cannot run';
  const [{ sum, compiledBy }] = wheel;
  return sum ? 'made from the compiles of all levels' : `made from variant-${compiledBy}'s compile`;
}

function costs({ seconds, disk, memory }: Estimate, shared: number): string[] {
  return [duration(seconds - shared), formatSize(disk), formatSize(memory)];
}

/** The tasks that build oneDNN: each is run once for all wheels that link it. */
function oneDnnRows(plans: readonly PlanReport[]): string[][] {
  return [...oneDnnSeconds(plans)].map(([name, seconds]) => [
    `oneDNN ${name}`,
    'compile, once for all wheels',
    duration(seconds),
    '',
    '',
  ]);
}

function oneDnnSeconds(plans: readonly PlanReport[]): Map<string, number> {
  const tasks = plans.flatMap(({ oneDnn, estimate }): [string, number][] =>
    oneDnn !== null && estimate && estimate.oneDnnSeconds > 0
      ? [[oneDnn, estimate.oneDnnSeconds]]
      : [],
  );
  return new Map(tasks);
}

function totalLine(plans: readonly PlanReport[]): string {
  const estimates = plans.flatMap(({ estimate }) => estimate ?? []);
  if (estimates.length === 0) return 'total: nothing to compile';
  const shared = [...oneDnnSeconds(plans).values()].reduce((sum, each) => sum + each, 0);
  const seconds = estimates.reduce((sum, each) => sum + each.seconds - each.oneDnnSeconds, shared);
  const most = (of: (each: Estimate) => number): string =>
    formatSize(Math.max(...estimates.map(of)));
  const jobs = Math.max(...plans.map((plan) => plan.jobs ?? 1));
  const isGeneral = estimates.some(({ basis }) => basis === 'general figures');
  return [
    `total: ${estimates.length} compile${estimates.length === 1 ? '' : 's'}, one after the other`,
    `about ${duration(seconds)} with ${jobs} job${jobs === 1 ? '' : 's'} (${isGeneral ? 'general figures' : 'earlier builds'})`,
    `at most ${most(({ disk }) => disk)} of disk and ${most(({ memory }) => memory)} of memory`,
  ].join(', ');
}

function sourcesLine(plans: readonly PlanReport[]): string[] {
  const sources = new Set(plans.flatMap((plan) => plan.sources ?? []));
  return sources.size > 0
    ? [`sources: ${[...sources].join(', ')} (not contacted by this plan)`]
    : [];
}

/** Why compiles are made and not replayed, and why others cannot run; each reason once. */
function reasonLines(plans: readonly PlanReport[]): string[] {
  const wheels = new Map<string, string[]>();
  for (const plan of plans.filter(({ action }) => action !== 'replay from the local cache')) {
    if (plan.action === 'compile' && !isOwnCompile(plan)) continue;
    const reason = `${plan.action}: ${plan.why}`;
    wheels.set(reason, [...(wheels.get(reason) ?? []), titleOf(plan)]);
  }
  return [...wheels].map(([reason, titles]) => `${reason} (${[...new Set(titles)].join(', ')})`);
}

function detailsLine([first]: readonly PlanReport[]): string[] {
  if (!first) return [];
  return [
    `details: --verbose, or one wheel: npx nx run variant-${first.variant}:plan-${first.release} --verbose`,
  ];
}

function isOwnCompile({ variant, compiledBy }: PlanReport): boolean {
  return variant === compiledBy;
}

function titleOf({ distribution, version }: PlanReport): string {
  return `${distribution} ${version}`;
}
