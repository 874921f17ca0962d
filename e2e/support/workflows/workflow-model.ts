import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export interface Step {
  id?: string;
  name?: string;
  if?: string;
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
  env?: Record<string, unknown>;
  'timeout-minutes'?: number;
}

export interface Job {
  name?: string;
  needs?: string | string[];
  if?: string;
  uses?: string;
  with?: Record<string, unknown>;
  secrets?: Record<string, unknown>;
  permissions?: Record<string, string>;
  strategy?: { 'fail-fast'?: boolean; matrix?: unknown };
  environment?: unknown;
  container?: unknown;
  env?: Record<string, unknown>;
  outputs?: Record<string, string>;
  'runs-on'?: unknown;
  'timeout-minutes'?: number;
  steps?: Step[];
}

export interface Workflow {
  name: string;
  on: Record<string, unknown>;
  permissions?: Record<string, string>;
  jobs: Record<string, Job>;
}

/** A composite action of this repository. */
export interface CompositeAction {
  inputs?: Record<string, { default?: unknown }>;
  runs: { using: string; steps: Step[] };
}

const WORKFLOWS = '.github/workflows';

export function workflowNames(root: string): string[] {
  return readdirSync(join(root, WORKFLOWS)).filter((name) => name.endsWith('.yml'));
}

export function readWorkflow(root: string, name: string): Workflow {
  return parse(readFileSync(join(root, WORKFLOWS, name), 'utf8')) as Workflow;
}

/** `uses: ./.github/actions/setup` */
export function readAction(root: string, uses: string): CompositeAction {
  return parse(readFileSync(join(root, uses, 'action.yml'), 'utf8')) as CompositeAction;
}

export function needsOf(job: Job): string[] {
  return typeof job.needs === 'string' ? [job.needs] : (job.needs ?? []);
}

/** The jobs so that each comes after those that it needs. */
export function inOrder(jobs: Readonly<Record<string, Job>>): string[] {
  const ordered: string[] = [];
  const visit = (name: string, behind: readonly string[]): void => {
    if (ordered.includes(name)) return;
    const job = jobs[name];
    if (!job || behind.includes(name)) throw new Error(`${name} is needed and cannot be run`);
    needsOf(job).forEach((needed) => visit(needed, [...behind, name]));
    ordered.push(name);
  };
  Object.keys(jobs).forEach((name) => visit(name, []));
  return ordered;
}
