import { appendFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Artifacts } from './artifacts.ts';
import { asText, holds, interpolate } from './expressions.ts';
import type { Contexts, Status } from './expressions.ts';
import { inOrder, needsOf, readWorkflow } from './workflow-model.ts';
import type { Job } from './workflow-model.ts';
import { runStep, textsOf } from './run-step.ts';
import type { Texts } from './run-step.ts';

/** One run of a workflow on this machine; everything that GitHub would decide is given. */
export interface RunSettings {
  /** A clone of the repository, the work tree of every job. */
  root: string;
  /** An empty folder for the files that steps write to. */
  scratch: string;
  artifacts: Artifacts;
  github: Contexts;
  inputs: Contexts;
  vars: Contexts;
  secrets: Contexts;
  /** The whole environment of a machine, without what the workflow sets. */
  env: Texts;
  /** What a job with `id-token: write` gets in addition. */
  identity: Texts;
  /** More environment for some jobs (`wheels (<id>) / build`): a machine that is broken. */
  broken?: (job: string) => Texts;
}

export interface RanStep {
  /** `wheels (<id>) / build` */
  job: string;
  /** The command of a `run:`, or the action. */
  what: string;
  ok: boolean;
  output: string;
  /** What the step's own `env:` and its job's say. */
  env: Texts;
}

export interface WorkflowRun {
  /** `success`, `failure` or `skipped`, by job. */
  results: Texts;
  steps: RanStep[];
  /** Everything that was written to the page of the run. */
  summary: string;
}

interface JobOutcome {
  result: 'success' | 'failure' | 'skipped';
  outputs: Texts;
}

/** Runs the jobs of a workflow in the order of their `needs`, each `run:` as it stands there. */
export async function runWorkflow(name: string, settings: RunSettings): Promise<WorkflowRun> {
  const run: WorkflowRun = { results: {}, steps: [], summary: '' };
  const outcomes = await runJobs(name, '', settings, run);
  for (const [job, { result }] of Object.entries(outcomes)) run.results[job] = result;
  run.summary = readIfThere(join(settings.scratch, 'summary.md'));
  return run;
}

async function runJobs(
  workflow: string,
  prefix: string,
  settings: RunSettings,
  run: WorkflowRun,
): Promise<Record<string, JobOutcome>> {
  const { jobs } = readWorkflow(settings.root, workflow);
  const outcomes: Record<string, JobOutcome> = {};
  for (const name of inOrder(jobs)) {
    const job = jobs[name] as Job;
    const needs = Object.fromEntries(needsOf(job).map((needed) => [needed, outcomes[needed]]));
    const results = Object.values(needs).map((needed) => needed?.result);
    const status = {
      failed: results.includes('failure'),
      blocked: results.some((result) => result !== 'success'),
    };
    const { github, inputs, vars, secrets } = settings;
    const contexts = { github, inputs, vars, secrets, needs };
    outcomes[name] = holds(job.if, contexts, status)
      ? await runLegs(`${prefix}${name}`, job, contexts, settings, run)
      : { result: 'skipped', outputs: {} };
  }
  return outcomes;
}

/** A job without a matrix has one leg. A leg that fails does not stop the others (fail-fast: false). */
async function runLegs(
  name: string,
  job: Job,
  contexts: Contexts,
  settings: RunSettings,
  run: WorkflowRun,
): Promise<JobOutcome> {
  const well = { failed: false, blocked: false };
  const matrix = job.strategy?.matrix;
  const legs =
    matrix === undefined
      ? [undefined]
      : (interpolate(String(matrix), contexts, well) as { include: Contexts[] }).include;
  let outcome: JobOutcome = { result: 'success', outputs: {} };
  for (const leg of legs) {
    const own = { ...contexts, matrix: leg ?? {} };
    const title = leg ? `${name} (${asText(leg['id'])})` : name;
    const doIt = job.uses ? call : work;
    const done = await doIt(title, job, own, settings, run);
    const failed = done.result === 'failure' || outcome.result === 'failure';
    outcome = { result: failed ? 'failure' : 'success', outputs: done.outputs };
  }
  return outcome;
}

/** A reusable workflow: it sees what it is given, and not the caller's inputs and secrets. */
async function call(
  title: string,
  job: Job,
  contexts: Contexts,
  settings: RunSettings,
  run: WorkflowRun,
): Promise<JobOutcome> {
  const workflow = (job.uses ?? '').replace('./.github/workflows/', '');
  const inner = {
    ...settings,
    inputs: textsOf(job.with, contexts),
    secrets: textsOf(job.secrets, contexts),
  };
  const outcomes = Object.values(await runJobs(workflow, `${title} / `, inner, run));
  const failed = outcomes.some(({ result }) => result === 'failure');
  return { result: failed ? 'failure' : 'success', outputs: {} };
}

/** One job on one machine: nothing of what other jobs left on theirs is here. */
async function work(
  title: string,
  job: Job,
  contexts: Contexts,
  settings: RunSettings,
  run: WorkflowRun,
): Promise<JobOutcome> {
  const machine = join(settings.scratch, title.replaceAll(/[^\w.-]+/g, '_'));
  rmSync(machine, { recursive: true, force: true });
  mkdirSync(machine, { recursive: true });
  rmSync(join(settings.root, 'dist'), { recursive: true, force: true });
  const env: Texts = {
    ...settings.env,
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    NX_CACHE_DIRECTORY: join(machine, 'nx-cache'),
    // The graph of projects, which is the same for all: no result of a task is in it.
    NX_WORKSPACE_DATA_DIRECTORY: join(settings.scratch, '..', 'nx-data'),
    ...(job.permissions?.['id-token'] === 'write' ? settings.identity : {}),
    ...settings.broken?.(title),
    ...textsOf(job.env, contexts),
  };
  const steps: Record<string, unknown> = {};
  const status: Status = { failed: false, blocked: false };
  const place = { title, machine, env, settings, run };
  for (const step of job.steps ?? []) {
    const own = { ...contexts, steps };
    if (!holds(step.if, own, status)) continue;
    const { ok, outputs } = await runStep(step, own, place);
    if (step.id) steps[step.id] = { outputs, outcome: ok ? 'success' : 'failure' };
    status.failed ||= !ok;
  }
  const outputs = textsOf(job.outputs, { ...contexts, steps });
  return { result: status.failed ? 'failure' : 'success', outputs };
}

function readIfThere(file: string): string {
  appendFileSync(file, '');
  return readFileSync(file, 'utf8');
}
