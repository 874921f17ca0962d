import { labelled } from '../render.ts';
import { say } from '../texts.ts';
import type { Paint } from '../render.ts';
import type { Report } from '../report.ts';
import type { CheckResult } from './judge.ts';

/** The readable result of `--check`. */
export function renderCheck(report: Report, check: CheckResult, paint: Paint): string {
  const { recommendation } = report;
  const parts = [labelled('Best here', [recommendation.package ?? say('noPackage')])];
  const found = check.packages.map(
    ({ name, version, verdict }) => `${name} ${version}: ${verdict}`,
  );
  parts.push(labelled('Installed', found.length > 0 ? found : [say('nothing')]));
  if (check.torch) {
    const { version, build, wanted } = check.torch;
    const needs = wanted === null ? '' : `, ${wanted} wanted`;
    parts.push(labelled('Torch', [`${version} (${build})${needs}`]));
  }
  for (const problem of check.problems) {
    parts.push('\n', labelled('Problem', [paint(problem.text)]));
    if (problem.commands.length > 0) parts.push(labelled('Mend', problem.commands));
  }
  if (check.problems.length === 0) parts.push('\n', labelled('Result', [say('checkRight')]));
  return parts.join('');
}
