import { parseArgs } from 'node:util';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { theOptions, wrongArgument } from '@vllm-cpu/system/wrong-argument';

/** A value that a step is given: `--its-name=value`, else the variable ITS_NAME. */
export interface StepInput {
  about: string;
  required?: true;
  fallback?: string;
  /** A flag is `true` or `false`, and false where it is missing; a number is whole and positive. */
  kind?: 'flag' | 'number';
}

export type StepInputs = Readonly<Record<string, StepInput>>;

/** A required input, one with a fallback and a flag have a value; any other may be missing. */
export type StepValues<Inputs extends StepInputs> = {
  [Name in keyof Inputs]: Inputs[Name] extends { kind: 'flag' }
    ? boolean
    : | (Inputs[Name] extends { kind: 'number' } ? number : string)
      | (Inputs[Name] extends { required: true } | { fallback: string } ? never : undefined);
};

/** One `run:` of a workflow, which can be called by hand as well. */
export interface Step {
  name: string;
  about: string;
  inputs: StepInputs;
  /** Resolves to the exit status. */
  run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number>;
}

/**
 * Declares a step. A workflow hands values over in variables only, so that what a stranger wrote (a
 * branch's name, an input) is never part of a command line. An empty value is not a value. `action`
 * resolves to an exit status; nothing is 0.
 */
export function defineStep<const Inputs extends StepInputs>(
  { name, about, inputs }: { name: string; about: string; inputs: Inputs },
  action: (values: StepValues<Inputs>) => Promise<number | undefined>,
): Step {
  return {
    name,
    about,
    inputs,
    run: async (args, env) => {
      const given = readOptions(inputs, args);
      if (given['help']) {
        console.log(helpOf(name, about, inputs));
        return 0;
      }
      return (await action(valuesOf(inputs, given, env))) ?? 0;
    },
  };
}

/** `installTest` is `--install-test` and INSTALL_TEST. */
function optionOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function variableOf(name: string): string {
  return optionOf(name).replaceAll('-', '_').toUpperCase();
}

function readOptions(inputs: StepInputs, args: readonly string[]): Record<string, unknown> {
  const names = Object.keys(inputs).map((name) => [optionOf(name), { type: 'string' as const }]);
  const options = {
    ...(Object.fromEntries(names) as Record<string, { type: 'string' }>),
    help: { type: 'boolean' as const },
  };
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (cause) {
    throw new VllmCpuError({
      code: 'STEP_OPTION_UNKNOWN',
      what: wrongArgument(cause),
      why: theOptions(options),
      next: 'Nothing was done. See --help.',
      cause,
    });
  }
}

function valuesOf<Inputs extends StepInputs>(
  inputs: Inputs,
  given: Record<string, unknown>,
  env: NodeJS.ProcessEnv,
): StepValues<Inputs> {
  const values = Object.entries(inputs).map(([name, { about, required, fallback, kind }]) => {
    const option = given[optionOf(name)];
    const value = (typeof option === 'string' && option) || env[variableOf(name)] || fallback;
    if (required && !value) throw notSet(name, about);
    if (kind === 'flag') return [name, flag(name, value || 'false')];
    return [name, kind === 'number' && value ? wholeNumber(name, value) : value || undefined];
  });
  return Object.fromEntries(values) as StepValues<Inputs>;
}

function flag(name: string, value: string): boolean {
  if (['true', 'false'].includes(value)) return value === 'true';
  throw invalid(name, value, 'true or false');
}

function wholeNumber(name: string, value: string): number {
  if (/^[1-9]\d*$/.test(value)) return Number(value);
  throw invalid(name, value, 'a whole number from 1 on');
}

function invalid(name: string, value: string, kind: string): VllmCpuError {
  return new VllmCpuError({
    code: 'STEP_INPUT_INVALID',
    what: `${variableOf(name)} is ${JSON.stringify(value)}`,
    why: `It has to be ${kind}.`,
    next: `Nothing was done. Fix the variable, or pass --${optionOf(name)}=<value>.`,
  });
}

function notSet(name: string, about: string): VllmCpuError {
  return new VllmCpuError({
    code: 'STEP_INPUT_MISSING',
    what: `${variableOf(name)} is not set`,
    why: `Meaning: ${about}.`,
    next: `Set it in the environment, or pass --${optionOf(name)}=<value>.`,
  });
}

function helpOf(step: string, about: string, inputs: StepInputs): string {
  const rows = Object.entries(inputs).map(([name, { about: text, required, fallback }]) => {
    const more = required ? ' (required)' : fallback ? ` (default: ${fallback})` : '';
    return `  --${optionOf(name)}, ${variableOf(name)}\n      ${text}${more}`;
  });
  const usage = `Usage: node tools/ci/bin/ci.mjs ${step}${rows.length > 0 ? ' [options]' : ''}`;
  return [usage, '', about, ...(rows.length > 0 ? ['', ...rows] : [])].join('\n');
}
