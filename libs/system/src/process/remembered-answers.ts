import { closeSync, openSync, readFileSync, readSync, realpathSync, renameSync } from 'node:fs';
import { existsSync, writeFileSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { sha256, stableJson } from '../digest.ts';
import { fileState } from '../files/file-state.ts';
import type { Command, Finished, Runner } from './run.ts';

/** An answer, and the state of all that decides it. */
interface Remembered {
  evidence: Readonly<Record<string, string>>;
  finished: Finished;
}

/**
 * `runner`, which starts a command that is `about` its program once in this process, and keeps its answer
 * in `file` as long as that program stays as it is. To ask four compilers and a Python for their versions
 * takes longer than all else in a run in which nothing changed.
 */
export function rememberingRunner(runner: Runner, file: string): Runner {
  const kept = new Map(Object.entries(readAnswers(file)));
  const asked = new Map<string, Promise<Finished>>();
  const ask = async (command: Command, start: Runner['run']): Promise<Finished> => {
    if (command.about !== 'program') return start(command);
    const key = sha256(stableJson([command.argv, command.env, process.cwd()]));
    const known = kept.get(key);
    if (known && isSame(known.evidence)) return known.finished;
    if (!asked.has(key)) asked.set(key, start(command));
    const finished = (await asked.get(key)) as Finished;
    const evidence = finished.exitCode === 0 ? evidenceOf(command) : undefined;
    if (evidence) keep(file, kept.set(key, { evidence, finished }));
    return finished;
  };
  return {
    try: (command) => ask(command, (each) => runner.try(each)),
    run: (command) => ask(command, (each) => runner.run(each)),
  };
}

function isSame(evidence: Remembered['evidence']): boolean {
  return Object.entries(evidence).every(([path, state]) => fileState(path) === state);
}

function readAnswers(file: string): Record<string, Remembered> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, Remembered>;
  } catch {
    return {};
  }
}

/** Nothing depends on it: it is kept where its folder is there already, whole. */
function keep(file: string, answers: ReadonlyMap<string, Remembered>): void {
  if (!existsSync(dirname(file))) return;
  const own = `${file}.${process.pid}`;
  try {
    writeFileSync(own, JSON.stringify(Object.fromEntries(answers)));
    renameSync(own, file);
  } catch {
    // A full or read-only disk: the next process asks again.
  }
}

/** Undefined where more than these files may decide the answer: it is asked for again then. */
function evidenceOf({ argv: [program], env }: Command): Record<string, string> | undefined {
  const files = isPyenvShim(program, env) ? decidedByPyenv(program, env) : decidedByItself(program);
  const states = files?.map((path) => [path, fileState(path)] as const);
  if (!states || states.some(([, state]) => state === undefined)) return undefined;
  return Object.fromEntries(states as [string, string][]);
}

/** A compiled program under its own name: ccache and its like go by the name, and answer for another. */
function decidedByItself(program: string): string[] | undefined {
  const real = realpathSync(program);
  const named = basename(program).replace(/[\d.]+$/, '');
  return isCompiled(real) && basename(real).includes(named) ? [program] : undefined;
}

function isCompiled(file: string): boolean {
  const descriptor = openSync(file, 'r');
  const start = Buffer.alloc(4);
  readSync(descriptor, start);
  closeSync(descriptor);
  return start.toString('latin1') === '\x7fELF';
}

const pyenvRoot = (env: Command['env']): string => join(env['HOME'] ?? '/', '.pyenv');

function isPyenvShim(program: string, env: Command['env']): boolean {
  return dirname(program) === join(pyenvRoot(env), 'shims') && env['PYENV_VERSION'] === undefined;
}

/**
 * How pyenv chooses: `.python-version` here or in a folder above, its own `version`, and the Pythons that it
 * has; "system" is the next on PATH. https://github.com/pyenv/pyenv#understanding-python-version-selection
 */
function decidedByPyenv(program: string, env: Command['env']): string[] {
  const root = pyenvRoot(env);
  const above: string[] = [];
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    above.push(join(folder, '.python-version'));
    if (folder === dirname(folder)) break;
  }
  const system = (env['PATH'] ?? '').split(delimiter).map((each) => join(each, basename(program)));
  return [program, join(root, 'version'), join(root, 'versions'), ...above, ...system];
}
