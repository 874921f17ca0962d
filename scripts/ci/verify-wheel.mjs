#!/usr/bin/env node
// Proves the wheel of a release run on another machine than the one that built it, and leaves it with
// its report in dist/ci/verified.
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { BootstrapError } from '../bootstrap-error.mjs';
import { markdownTable, summarize } from './github-files.mjs';
import { runNx } from './nx.mjs';
import { step } from './step.mjs';
import { filesIn, folderOf, stage } from './wheel-jobs.mjs';

const inputs = {
  id: { about: "name of the wheel's artifacts", required: true },
  release: { about: "name of the release's pin", required: true },
};

await step(
  { file: 'verify-wheel.mjs', about: 'Proves the wheel of dist/ci/built.', inputs },
  ({ id, release }) =>
    stage('verify', id, async () => {
      const built = folderOf('built');
      const words = ['run', 'wheels:verify', `--wheels=${built}`, `--release=${release}`];
      const { status } = await runNx([...words, '--outputStyle=stream']);
      const reports = filesIn(built, '.report.json').map((file) =>
        JSON.parse(readFileSync(file, 'utf8')),
      );
      reports.forEach((report) => summarize(`## ${report.file}\n\n${table(report)}`));
      const [report] = reports;
      if (status !== 0 || reports.length !== 1 || !report.ok) throw notProven(report);
      rmSync(folderOf('verified'), { recursive: true, force: true });
      cpSync(built, folderOf('verified'), { recursive: true });
      const notRun = report.checks.filter((check) => check.status === 'not-run');
      return { notRun: notRun.map(({ name, reason }) => `${name}: ${reason}`) };
    }),
);

function table({ checks }) {
  return markdownTable(
    checks.map(({ name, status, figure, reason, findings }) => ({
      check: name,
      result: status,
      figure: [figure, reason].filter(Boolean).join(': '),
      errors: findings.filter(({ level }) => level === 'error').length || '',
    })),
  );
}

function notProven(report) {
  const failed = report?.checks.filter(({ status }) => status === 'failed').map(({ name }) => name);
  return new BootstrapError({
    what: `${report?.file ?? 'the wheel'} was not proven: ${failed?.join(', ') || 'see the log'}`,
    why: 'The table above names the place of every finding. The wheel will not be published.',
    next: 'Download the artifact built-<id> of this run and look at it: npx vllm-wheel inspect <wheel>',
  });
}
