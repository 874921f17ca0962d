import { proveHandedIn } from '@vllm-cpu/commands/prove';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { reportTable } from '@vllm-cpu/verify/report-text';
import type { Report } from '@vllm-cpu/report/report';
import { markdownTable, summarize } from '../../actions/github-files.ts';
import { ciRepository } from '../../repository.ts';
import { defineStep } from '../../step.ts';
import { folderOf, handOn, stage, theWheelIn } from '../../wheels/wheel-jobs.ts';

/**
 * Proves the wheel of a release run on another machine than the one that built it, and leaves it with
 * its report in dist/ci/verified.
 */
export const verifyWheel = defineStep(
  {
    name: 'verify-wheel',
    about: 'Proves the wheel of dist/ci/built.',
    inputs: {
      id: { about: "name of the wheel's artifacts", required: true },
      release: { about: "name of the release's pin", required: true },
    },
  },
  ({ id, release }) =>
    stage('verify', id, async () => {
      const wheel = theWheelIn(folderOf('built'), 'Run the step build-wheel first.');
      const { report } = await proveHandedIn(wheel, { release }, ciRepository());
      console.log(reportTable(report));
      summarize(`## ${report.file}\n\n${table(report)}`);
      if (!report.ok) throw notProven(report);
      handOn('built', 'verified');
      const notRun = report.checks.filter(({ status }) => status === 'not-run');
      return { notRun: notRun.map(({ name, reason }) => `${name}: ${reason}`) };
    }),
);

function table({ checks }: Report): string {
  return markdownTable(
    checks.map(({ name, status, figure, reason, findings }) => ({
      check: name,
      result: status,
      figure: [figure, reason].filter(Boolean).join(': '),
      errors: findings.filter(({ level }) => level === 'error').length || '',
    })),
  );
}

function notProven(report: Report): VllmCpuError {
  const failed = report.checks.filter(({ status }) => status === 'failed').map(({ name }) => name);
  return new VllmCpuError({
    code: 'WHEEL_NOT_PROVEN',
    what: `${report.file} failed verification: ${failed.join(', ')}`,
    why: 'See the table above for every finding. The wheel will not be published.',
    next: 'Download the artifact built-<id> of this run and run: npx vllm-wheel inspect <wheel>',
  });
}
