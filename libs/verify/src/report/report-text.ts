import Table from 'cli-table3';
import { baselineFeatures } from '@vllm-cpu/variant/features';
import { platformOfMachine } from './report-modules.ts';
import type { Report, ReportCheck, ReportModule } from '@vllm-cpu/report/report';

const WORDS = { passed: 'passed', failed: 'FAILED', 'not-run': 'not run' } as const;
/** Findings of one check that a terminal shows; report.json has them all. */
const SHOWN = 12;

/** One table for a terminal: check, passed / failed / not run, figure; then what was found. */
export function reportTable(report: Report): string {
  const table = new Table({
    head: ['check', 'result', 'figure'],
    style: { head: [], border: [] },
    colWidths: [18, 10, 64],
    wordWrap: true,
  });
  for (const check of report.checks) {
    table.push([check.name, WORDS[check.status], figureOf(check)]);
  }
  const shown = isUnreadable(report) ? [] : [table.toString()];
  const lines = [heading(report), ...shown, ...report.checks.flatMap(findingLines)];
  if (report.equivalentTo) {
    lines.push(`${report.variant} is recorded as one binary with ${report.equivalentTo}.`);
  }
  return `${lines.join('\n')}\n`;
}

/** One check failed and none could run after it: a table of "not run" would hide the reason. */
function isUnreadable({ checks }: Report): boolean {
  const failed = checks.filter(({ status }) => status === 'failed');
  return failed.length === 1 && checks.every(({ status }) => status !== 'passed');
}

/** A wheel in a line: what passed, and what could not be tried, with warnings below it. */
export function reportLine(report: Report): string {
  const count = (status: ReportCheck['status']): number =>
    report.checks.filter((check) => check.status === status).length;
  const skipped = report.checks
    .filter(({ status }) => status === 'not-run')
    .map(({ name, reason }) => `; ${name} not run: ${reason ?? 'no reason given'}`);
  const head = `${heading(report)} (${count('passed')} checks${skipped.join('')})`;
  return `${[head, ...report.checks.flatMap(findingLines)].join('\n')}\n`;
}

function heading(report: Report): string {
  const { file, variant, ok, checks } = report;
  if (variant) return `${file} as ${variant}: ${ok ? 'passed' : 'FAILED'}`;
  if (!ok) return `${file}: FAILED`;
  const failed = checks.filter(({ status }) => status === 'failed').map(({ name }) => name);
  return `${file}: ${failed.length > 0 ? `${failed.join(', ')} FAILED` : 'no check failed'}`;
}

function figureOf(check: ReportCheck): string {
  return [check.figure, check.reason].filter(Boolean).join(': ');
}

/** Errors and warnings; notes are for the files. */
function findingLines(check: ReportCheck): string[] {
  const worth = check.findings.filter(({ level }) => level !== 'note');
  const lines = worth
    .slice(0, SHOWN)
    .map(({ level, place, message }) => `  ${check.name}: ${level}: ${place}: ${message}`);
  if (worth.length > SHOWN) {
    lines.push(`  ${check.name}: and ${worth.length - SHOWN} more, which the JSON report has`);
  }
  return lines;
}

/** What each module needs and why: for wheels that were not made to be one of the variants. */
export function levelTable(report: Report): string {
  const floor = report.glibc ? `glibc ${report.glibc}` : 'no glibc symbol';
  if (report.modules.length === 0) return `${report.file}: no ELF module\n`;
  const table = new Table({
    head: ['module', 'needs', 'instructions beyond the base level', 'glibc', 'not judged'],
    style: { head: [], border: [] },
    colWidths: [46, 14, WHY_WIDTH + 2, 8, 14],
    wordWrap: true,
    wrapOnWordBoundary: false,
  });
  for (const module of report.modules) {
    const needs = module.level ?? (module.instructions === 0 ? 'not decoded' : 'none fits');
    const left = `${module.notJudged.bytes} B`;
    table.push([module.file, needs, wrapped(beyondBase(module)), module.glibc ?? '-', left]);
  }
  const level = report.level ?? 'none of the levels fits every module';
  const isMarked = report.modules.some(({ beyondLevels }) => beyondLevels.length > 0);
  const legend = [
    ...(isMarked ? ['* a feature that no level has'] : []),
    ...report.modules.flatMap(placesLines),
    ...report.modules.flatMap(exceptedLine),
    ...report.modules.flatMap(gateLines),
  ];
  return `${report.file}: ${level}; ${floor}\n${table.toString()}\n${legend.map((line) => `${line}\n`).join('')}`;
}

/** Functions that a line names; the JSON report has the others. */
const NAMED = 3;

/** Where the instructions are that no level has: whether the code asks the CPU first is seen there. */
function placesLines(module: ReportModule): string[] {
  return module.beyondLevels.map(
    (feature) => `${module.file}: ${feature} in ${places(module, feature)}`,
  );
}

function places({ uses }: ReportModule, feature: string): string {
  const found = uses.filter((use) => use.feature === feature);
  const named = found.slice(0, NAMED).map((use) => `${use.function} (${use.address})`);
  const others = found.length > NAMED ? ` and ${found.length - NAMED} more functions` : '';
  return `${named.join(', ')}${others}`;
}

function exceptedLine(module: ReportModule): string[] {
  return module.excepted.map(
    (feature) =>
      `${module.file}: ${feature} in reviewed functions only, which decide nothing: ${places(module, feature)}`,
  );
}

/** When upstream loads one of several modules, and what it does not ask. */
function gateLines(module: ReportModule): string[] {
  const { file, gate } = module;
  if (!gate) return [];
  const { asked, askedPerKernel, unasked } = gate;
  const kernels =
    askedPerKernel.length > 0 ? `; asks for ${askedPerKernel.join(', ')} kernel by kernel` : '';
  const where = asked.length > 0 ? `a CPU has ${asked.join(' and ')}` : 'no other one is';
  const hole =
    unasked.length > 0
      ? `; NOT ASKED FOR: ${unasked.map((name) => `${name} in ${places(module, name)}`).join('; ')}. A CPU without that loads it and ends in an illegal instruction`
      : '';
  return [`${file} is loaded where ${where}${kernels}${hole}`];
}

const WHY_WIDTH = 40;

/** `avx512f 1234`: what keeps a module from the base level; a star where no level has it. */
function beyondBase({ machine, histogram, beyondLevels }: ReportModule): string[] {
  const platform = platformOfMachine(machine);
  const base = platform ? baselineFeatures(platform) : [];
  return Object.entries(histogram)
    .filter(([feature]) => !base.includes(feature))
    .map(([feature, count]) => `${feature}${beyondLevels.includes(feature) ? '*' : ''} ${count}`);
}

/** Lines of whole items; the table would cut words. */
function wrapped(items: readonly string[]): string {
  const lines: string[] = [];
  for (const item of items) {
    const longer = `${lines.at(-1)}, ${item}`;
    if (lines.length > 0 && longer.length < WHY_WIDTH) lines[lines.length - 1] = longer;
    else lines.push(item);
  }
  return lines.join(',\n');
}
