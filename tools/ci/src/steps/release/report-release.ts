import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { parseJson } from '@vllm-cpu/system/parse-json';
import { markdownTable, summarize } from '../../actions/github-files.ts';
import { missingNow } from '../../wheels/missing-now.ts';
import { judgeWheels, resultOf } from '../../wheels/release-outcome.ts';
import type { JudgedWheel } from '../../wheels/release-outcome.ts';
import { defineStep } from '../../step.ts';
import { folderOf, readMatrix, readStates } from '../../wheels/wheel-jobs.ts';

const resultsSchema = z.record(z.string(), z.looseObject({ result: z.string() }));
const pagesSchema = z.array(z.looseObject({ version: z.string(), url: z.string().optional() }));

/** Says what a release run came to: a table on its page, and dist/ci/release-report.json for notify. */
export const reportRelease = defineStep(
  {
    name: 'report-release',
    about: 'Reports on a release run.',
    inputs: {
      matrix: { about: 'matrix of the plan, as JSON' },
      results: { about: 'results of the jobs: { <job>: { result } }, as JSON', fallback: '{}' },
      releases: { about: 'output of github-release, as JSON', fallback: '[]' },
      dryRun: { about: 'true: nothing was sent; default: false', kind: 'flag' },
      repository: { about: 'owner/name' },
      runUrl: { about: 'address of the run' },
      event: { about: 'what started the run' },
    },
  },
  async (given) => {
    const plan = given.matrix ? readMatrix(given.matrix) : [];
    const { dryRun } = given;
    const missing = dryRun ? undefined : await missingNow(plan);
    const wheels = judgeWheels(plan, readStates(), missing, dryRun);
    const results = parseJson(given.results, resultsSchema, 'RESULTS');
    const jobs = Object.entries(results).map(([name, { result }]) => ({ name, result }));
    const isDone = ({ outcome }: JudgedWheel) =>
      outcome === 'published' || (dryRun && outcome === 'proven');
    const report = {
      schemaVersion: 1,
      repository: given.repository ?? null,
      run: given.runUrl ?? null,
      event: given.event ?? null,
      dryRun,
      result: resultOf(wheels, jobs),
      built: wheels.filter(({ built }) => built).map(named),
      published: wheels.filter(({ outcome }) => outcome === 'published').map(named),
      failed: wheels
        .filter((wheel) => !isDone(wheel))
        .map((wheel) => ({
          ...named(wheel),
          outcome: wheel.outcome,
          reason: wheel.reason ?? null,
        })),
      failedJobs: jobs.filter(({ result }) => result === 'failure').map(({ name }) => name),
      releases: parseJson(given.releases, pagesSchema, 'RELEASES').map(({ version, url }) => ({
        version,
        url,
      })),
    };
    mkdirSync(folderOf('.'), { recursive: true });
    const file = join(folderOf('.'), 'release-report.json');
    writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
    show(report, wheels);
    return 0;
  },
);

function named({ job: { project, version, platform, python }, file }: JudgedWheel): object {
  return { project, version, platform, python: python || null, file };
}

function show(
  report: { result: string; dryRun: boolean; published: readonly unknown[] },
  wheels: readonly JudgedWheel[],
): void {
  console.log(`${report.result}: ${report.published.length} of ${wheels.length} wheels published`);
  wheels.forEach(({ job, outcome, reason }) =>
    console.log(`  ${job.id}: ${outcome}${reason ? ` (${reason})` : ''}`),
  );
  const table = wheels.map(({ job, outcome, seconds, reason }) => ({
    wheel: job.project,
    version: job.version,
    platform: job.platform,
    result: outcome,
    time: `${Math.floor(seconds / 60)} min ${seconds % 60} s`,
    reason: reason ?? '',
  }));
  const head = `## Release run: ${report.result}${report.dryRun ? ' (dry run)' : ''}`;
  summarize([head, table.length > 0 ? markdownTable(table) : 'No wheel was planned.'].join('\n\n'));
}
