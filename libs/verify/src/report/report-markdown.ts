import { CHECK_NAMES } from '@vllm-cpu/report/check-names';
import type { Report, ReportModule } from '@vllm-cpu/report/report';

/** `report.md`: the same report for people. */
export function reportMarkdown(report: Report): string {
  return [
    `# ${report.file}`,
    '',
    `**${report.ok ? 'Passed' : 'Failed'}**${report.strict ? ' (strict)' : ''}`,
    '',
    ...facts(report).map((line) => `- ${line}`),
    '',
    '![Instruction sets, size by part and symbol versions](report.svg)',
    '',
    '| check | result | what it means | figure |',
    '|---|---|---|---|',
    ...report.checks.map(
      ({ name, status, figure, reason }) =>
        `| ${name} | ${status === 'not-run' ? 'not run' : status} | ${CHECK_NAMES[name] ?? ''} | ${cell([figure, reason].filter(Boolean).join(': '))} |`,
    ),
    '',
    ...modules(report.modules),
    ...findings(report),
  ].join('\n');
}

function facts(report: Report): string[] {
  const { variant, release, platform, level, glibc, equivalentTo } = report;
  return [
    `SHA-256 \`${report.sha256}\`, ${report.size} bytes`,
    ...(variant
      ? [`variant ${variant}, release ${release ?? 'any'}, ${platform ?? 'any platform'}`]
      : []),
    `needs a CPU of level ${level ?? 'unknown: more than any level, or it was not decoded'}${glibc ? `, and glibc ${glibc} or later` : ''}`,
    ...(equivalentTo ? [`recorded as one binary with ${equivalentTo}`] : []),
  ];
}

function modules(all: readonly ReportModule[]): string[] {
  if (all.length === 0) return [];
  return [
    '## Modules',
    '',
    '| file | needs | instructions by CPU feature | not judged |',
    '|---|---|---|---|',
    ...all.map((module) => {
      const histogram = Object.entries(module.histogram).map(([name, count]) => `${name} ${count}`);
      const { bytes, suspicious } = module.notJudged;
      const left = `${bytes} bytes${suspicious > 0 ? `, ${suspicious} suspicious` : ''}`;
      return `| ${cell(module.file)} | ${module.level ?? '-'} | ${cell(histogram.join(', '))} | ${left} |`;
    }),
    '',
  ];
}

function findings(report: Report): string[] {
  return report.checks
    .filter((check) => check.findings.length > 0)
    .flatMap((check) => [
      `## ${check.name}`,
      '',
      ...check.findings.map(
        ({ level, place, message }) =>
          `- ${level}: \`${place.replaceAll('`', "'")}\`: ${inline(message)}`,
      ),
      '',
    ]);
}

function cell(text: string): string {
  return inline(text).replaceAll('|', '\\|');
}

/** Names of functions hold angle brackets, which Markdown would take for HTML. */
function inline(text: string): string {
  return text.replaceAll('<', '&lt;').replaceAll('\n', ' ');
}
