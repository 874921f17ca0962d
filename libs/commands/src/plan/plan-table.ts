import Table from 'cli-table3';
import { duration } from '@vllm-cpu/compile/progress';
import type { Estimate } from '@vllm-cpu/compile/estimate';
import { formatSize } from '@vllm-cpu/system/format-size';
import type { PlanReport } from './plan-report.ts';

/** One wheel: a wheel of several levels is made from several compiles. */
type WheelPlan = readonly [PlanReport, ...PlanReport[]];

const HEAD = ['wheel', 'action', 'time', 'disk', 'memory', 'timeline'];
/** Characters of the whole time in the last column. */
const TIMELINE = 24;

/** All wheels in one table: what a build would do for each, then what it costs in all, and what is missing. */
export function planTable(plans: readonly PlanReport[]): string {
  if (plans.length === 0) return 'no release is active: give one with --releases=<version>';
  const table = new Table({ head: HEAD, style: { head: [], border: [], compact: true } });
  const own = plans.filter(isOwnCompile);
  const bar = timeline(totalSeconds(own));
  table.push(...oneDnnRows(own, bar));
  for (const wheel of byWheel(plans)) table.push(wheelRow(wheel, bar));
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

function wheelRow(wheel: WheelPlan, bar: Bar): string[] {
  const [plan] = wheel;
  const { estimate } = plan;
  if (!isOwnCompile(plan)) return [titleOf(plan), borrowed(wheel), '', '', '', ''];
  if (!estimate) return [titleOf(plan), plan.action, '', '', '', ''];
  const { seconds, oneDnnSeconds: shared, disk, memory } = estimate;
  const own = seconds - shared;
  const costs = [duration(own), formatSize(disk), formatSize(memory), bar(own)];
  return [titleOf(plan), plan.action, ...costs];
}

type Bar = (seconds: number) => string;

/** When each task runs, one after the other: its share of the whole time, behind those before it. */
function timeline(total: number): Bar {
  let started = 0;
  const column = (seconds: number): number => Math.round((seconds / total) * TIMELINE);
  return (seconds) => {
    const [from, to] = [column(started), column(started + seconds)];
    started += seconds;
    return `${' '.repeat(from)}${'█'.repeat(Math.max(1, to - from))}`;
  };
}

/** What a wheel without a compile of its own is made from. */
function borrowed(wheel: WheelPlan): string {
  if (wheel.some(({ action }) => action === 'cannot run')) return 'cannot run';
  const [{ sum, compiledBy }] = wheel;
  return sum ? 'made from the compiles of all levels' : `made from variant-${compiledBy}'s compile`;
}

/** The tasks that build oneDNN: each is run once for all wheels that link it. */
function oneDnnRows(plans: readonly PlanReport[], bar: Bar): string[][] {
  return [...oneDnnSeconds(plans)].map(([name, seconds]) => [
    `oneDNN ${name}`,
    'compile, once for all wheels',
    duration(seconds),
    '',
    '',
    bar(seconds),
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

/** Of all compiles, and of each oneDNN once. */
function totalSeconds(plans: readonly PlanReport[]): number {
  const shared = [...oneDnnSeconds(plans).values()].reduce((sum, each) => sum + each, 0);
  const estimates = plans.flatMap(({ estimate }) => estimate ?? []);
  return estimates.reduce((sum, each) => sum + each.seconds - each.oneDnnSeconds, shared);
}

function totalLine(plans: readonly PlanReport[]): string {
  const estimates = plans.flatMap(({ estimate }) => estimate ?? []);
  if (estimates.length === 0) return 'total: nothing to compile';
  const seconds = totalSeconds(plans);
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

/**
 * One JSON object a line, for each compile; the 8 KiB that decide its key only where `whole`: Nx breaks
 * what a task prints wherever a piece of 64 KiB ends.
 */
export function planLines(plans: readonly PlanReport[], whole: boolean): string {
  const line = ({ inputs, environment, commands, ...brief }: PlanReport) =>
    JSON.stringify(whole ? { ...brief, inputs, environment, commands } : brief);
  return plans.map(line).join('\n');
}
