#!/usr/bin/env node
// Says what a release run came to: a table on its page, and dist/ci/release-report.json for notify.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { markdownTable, summarize } from './github-files.mjs';
import { nxJson } from './nx.mjs';
import { annotate, isTrue, step } from './step.mjs';
import { folderOf, readStates, STAGES } from './wheel-jobs.mjs';

const inputs = {
  matrix: { about: 'matrix of the plan, as JSON' },
  results: { about: 'results of the jobs: { <job>: { result } }, as JSON', fallback: '{}' },
  releases: { about: 'output of github-release.mjs, as JSON', fallback: '[]' },
  dryRun: { about: 'true: nothing was sent' },
  repository: { about: 'owner/name' },
  runUrl: { about: 'address of the run' },
  event: { about: 'what started the run' },
};

await step(
  { file: 'report-release.mjs', about: 'Reports on a release run.', inputs },
  async (given) => {
    const plan = given.matrix ? JSON.parse(given.matrix).include : [];
    const states = readStates();
    const dryRun = isTrue(given.dryRun);
    const missing = dryRun ? undefined : await missingNow(plan);
    const wheels = plan.map((job) => wheelOf(job, states, missing, dryRun));
    const jobs = Object.entries(JSON.parse(given.results)).map(([name, { result }]) => ({
      name,
      result,
    }));
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
        .filter(({ outcome }) => outcome !== 'published' && !(dryRun && outcome === 'proven'))
        .map((wheel) => ({
          ...named(wheel),
          outcome: wheel.outcome,
          reason: wheel.reason ?? null,
        })),
      failedJobs: jobs.filter(({ result }) => result === 'failure').map(({ name }) => name),
      releases: JSON.parse(given.releases).map(({ version, url }) => ({ version, url })),
    };
    mkdirSync(folderOf('.'), { recursive: true });
    const file = join(folderOf('.'), 'release-report.json');
    writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
    show(report, wheels);
  },
);

/** Names of the wheels that the index still lacks; undefined where it cannot be asked. */
async function missingNow(plan) {
  if (plan.length === 0) return new Set();
  const words = ['run', 'upstream:matrix'];
  words.push(`--releases=${[...new Set(plan.map(({ release }) => release))].join()}`);
  if (plan[0].postfix) words.push(`--postfix=${plan[0].postfix}`);
  try {
    const { include } = await nxJson(words);
    return new Set(include.map(keyOf));
  } catch (error) {
    annotate('warning', `the index could not be asked what it has now: ${error.message}`);
    return undefined;
  }
}

function keyOf({ project, version, platform, python }) {
  return [project, version, platform, python || ''].join(' ');
}

/** What became of one planned wheel: `published`, `proven`, or the stage that it did not pass. */
function wheelOf(job, states, missing, dryRun) {
  const own = states.filter(({ id }) => id === job.id);
  const stateOf = (stage) => own.find((state) => state.stage === stage);
  const build = stateOf('build');
  const notPassed = STAGES.find((stage) => !stateOf(stage)?.ok);
  const published = missing !== undefined && !missing.has(keyOf(job));
  const outcome = published && !dryRun ? 'published' : notPassed ? `${notPassed} failed` : 'proven';
  return {
    ...job,
    outcome,
    built: build?.ok ?? false,
    file: build?.file ?? null,
    seconds: own.reduce((sum, { seconds = 0 }) => sum + seconds, 0),
    reason:
      stateOf(notPassed)?.reason ??
      (notPassed && 'the job left no state: it was cancelled, or died'),
  };
}

function named({ project, version, platform, python, file }) {
  return { project, version, platform, python: python || null, file };
}

function resultOf(wheels, jobs) {
  const done = wheels.filter(({ outcome }) => ['published', 'proven'].includes(outcome));
  const allWell = done.length === wheels.length && jobs.every(({ result }) => result !== 'failure');
  if (allWell) return wheels.length === 0 ? 'nothing' : 'success';
  return done.length === 0 ? 'failure' : 'partial';
}

function show(report, wheels) {
  console.log(`${report.result}: ${report.published.length} of ${wheels.length} wheels published`);
  wheels.forEach(({ id, outcome, reason }) =>
    console.log(`  ${id}: ${outcome}${reason ? ` (${reason})` : ''}`),
  );
  const table = wheels.map(({ project, version, platform, outcome, seconds, reason }) => ({
    wheel: project,
    version,
    platform,
    result: outcome,
    time: `${Math.floor(seconds / 60)} min ${seconds % 60} s`,
    reason: reason ?? '',
  }));
  const head = `## Release run: ${report.result}${report.dryRun ? ' (dry run)' : ''}`;
  summarize([head, table.length > 0 ? markdownTable(table) : 'No wheel was planned.'].join('\n\n'));
}
