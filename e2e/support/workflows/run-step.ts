import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asText, holds, interpolate } from './expressions.ts';
import type { Contexts, Status } from './expressions.ts';
import { pairsOf } from './script.ts';
import { readAction } from './workflow-model.ts';
import type { Step } from './workflow-model.ts';
import type { RunSettings, WorkflowRun } from './workflow-runner.ts';

export type Texts = Record<string, string>;

export interface StepOutcome {
  ok: boolean;
  outputs: Texts;
}

/** Where a step runs. */
export interface Place {
  title: string;
  machine: string;
  /** Grows by what steps write to GITHUB_ENV and GITHUB_PATH. */
  env: Texts;
  settings: RunSettings;
  run: WorkflowRun;
}

/** Runs one step: a command in bash, an action that the test knows, or one of this repository. */
export async function runStep(step: Step, contexts: Contexts, place: Place): Promise<StepOutcome> {
  const given = textsOf(step.with, contexts);
  if (step.run !== undefined) return runCommand(step, contexts, place);
  const uses = step.uses ?? '';
  if (uses.startsWith('./')) {
    return { ok: await runComposite(uses, given, contexts, place), outputs: {} };
  }
  const [action = ''] = uses.split('@');
  const ok = runAction(action, given, place.settings);
  place.run.steps.push({ job: place.title, what: action, ok, output: '', env: {} });
  return { ok, outputs: {} };
}

function runAction(action: string, given: Texts, { root, artifacts }: RunSettings): boolean {
  if (action === 'actions/upload-artifact') return artifacts.upload(root, given);
  if (action === 'actions/download-artifact') return artifacts.download(root, given);
  const quiet = ['checkout', 'setup-node', 'cache', 'cache/restore', 'cache/save'];
  const known = [...quiet, 'attest-build-provenance'].map((name) => `actions/${name}`);
  if (!known.includes(action)) throw new Error(`the test knows no action ${action}`);
  return true;
}

async function runComposite(
  uses: string,
  given: Texts,
  contexts: Contexts,
  place: Place,
): Promise<boolean> {
  const action = readAction(place.settings.root, uses);
  const defaults = Object.entries(action.inputs ?? {}).map(([name, input]) => [
    name,
    asText(input.default),
  ]);
  const inputs = { ...(Object.fromEntries(defaults) as Texts), ...given };
  const status: Status = { failed: false, blocked: false };
  for (const step of action.runs.steps) {
    const own = { ...contexts, inputs };
    if (!holds(step.if, own, status)) continue;
    status.failed ||= !(await runStep(step, own, place)).ok;
  }
  return !status.failed;
}

async function runCommand(step: Step, contexts: Contexts, place: Place): Promise<StepOutcome> {
  const { machine, settings, run } = place;
  const command = step.run ?? '';
  const files = ['OUTPUT', 'ENV', 'PATH'].map((name) => [`GITHUB_${name}`, join(machine, name)]);
  files.forEach(([, path]) => writeFileSync(path ?? '', ''));
  const own = textsOf(step.env, contexts);
  const env = {
    ...place.env,
    ...own,
    ...(Object.fromEntries(files) as Texts),
    GITHUB_STEP_SUMMARY: join(settings.scratch, 'summary.md'),
  };
  const script = join(machine, 'step.sh');
  writeFileSync(script, command);
  const argv = ['--noprofile', '--norc', '-e', '-o', 'pipefail', script];
  const { ok, output } = await bash(argv, settings.root, env);
  run.steps.push({ job: place.title, what: command, ok, output, env: own });
  Object.assign(place.env, pairsOf(readFileSync(join(machine, 'ENV'), 'utf8')));
  const added = readFileSync(join(machine, 'PATH'), 'utf8').split('\n').filter(Boolean);
  place.env['PATH'] = [...added, place.env['PATH']].join(':');
  return { ok, outputs: pairsOf(readFileSync(join(machine, 'OUTPUT'), 'utf8')) };
}

/** Not synchronous: servers of the test answer in this process. */
function bash(argv: string[], cwd: string, env: Texts): Promise<{ ok: boolean; output: string }> {
  return new Promise((resolve) => {
    const child = spawn('bash', argv, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    child.on('close', (status) => resolve({ ok: status === 0, output }));
  });
}

export function textsOf(
  given: Readonly<Record<string, unknown>> | undefined,
  contexts: Contexts,
): Texts {
  const status = { failed: false, blocked: false };
  const entries = Object.entries(given ?? {}).map(([name, value]) => [
    name,
    asText(typeof value === 'string' ? interpolate(value, contexts, status) : value),
  ]);
  return Object.fromEntries(entries) as Texts;
}
