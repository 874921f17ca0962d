import Table from 'cli-table3';
import type { Report, ReportCheck } from './report.ts';

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
  const lines = [heading(report), table.toString(), ...report.checks.flatMap(findingLines)];
  if (report.equivalentTo) {
    lines.push(`${report.variant} is recorded as one binary with ${report.equivalentTo}.`);
  }
  return `${lines.join('\n')}\n`;
}

function heading(report: Report): string {
  const as = report.variant ? ` as ${report.variant}` : '';
  return `${report.file}${as}: ${report.ok ? 'passed' : 'FAILED'}`;
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
  if (worth.length > SHOWN) lines.push(`  ${check.name}: and ${worth.length - SHOWN} more`);
  return lines;
}

/** What each module needs: for wheels that were not made to be one of the variants. */
export function levelTable(report: Report): string {
  const table = new Table({
    head: ['module', 'needs', 'beyond every level', 'glibc', 'not judged'],
    style: { head: [], border: [] },
    colWidths: [46, 14, 40, 8, 14],
    wordWrap: true,
    wrapOnWordBoundary: false,
  });
  for (const module of report.modules) {
    const needs = module.level ?? (module.instructions === 0 ? 'not decoded' : 'none fits');
    const beyond = module.beyondLevels.join(' ');
    table.push([module.file, needs, beyond, module.glibc ?? '-', `${module.notJudged.bytes} B`]);
  }
  const level = report.level ?? 'none of the levels fits every module';
  const floor = report.glibc ? `glibc ${report.glibc}` : 'no glibc symbol';
  return `${report.file}: ${level}; ${floor}\n${table.toString()}\n`;
}
