import { installCommands } from './install.ts';
import { VERSION } from './table.ts';
import type { CheckResult } from './check/judge.ts';
import type { Cpu } from './detect.ts';
import type { InstallCommands } from './install.ts';
import type { Recommendation } from './recommend.ts';
import type { ServeAdvice } from './serve/advice.ts';

/** Everything that one run found; `--json` prints exactly this (report.schema.json). */
export interface Report {
  schema: 1;
  detector: string;
  cpu: Cpu;
  recommendation: Recommendation;
  install: InstallCommands | null;
  serve?: ServeAdvice | null;
  check?: CheckResult;
}

/** Puts the report together; `release` is the version to install, or null for the newest. */
export function reportOf(
  cpu: Cpu,
  recommendation: Recommendation,
  release: string | null = null,
): Report {
  const wanted = recommendation.package ?? recommendation.inside;
  return {
    schema: 1,
    detector: VERSION,
    cpu,
    recommendation,
    install: wanted === null ? null : installCommands(wanted, release),
  };
}

/** The report as `--json` prints it, with a final newline. */
export function renderJson(report: Report): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
