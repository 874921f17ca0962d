import { parseArgs } from 'node:util';
import { BootstrapError } from '../bootstrap-error.mjs';

/**
 * One `run:` step of a workflow, also to be called by hand. An input comes from `--its-name=value`, else
 * from the variable ITS_NAME: a workflow hands values over in variables only, so that what a stranger
 * wrote (a branch's name, an input) is never part of a command line. An empty value is no value.
 *
 * `inputs`: { itsName: { about, required?, fallback? } }; `action` gets them all by name and resolves to
 * an exit status (nothing: 0).
 */
export async function step({ file, about, inputs = {} }, action) {
  try {
    const given = readOptions(inputs);
    if (given['help']) console.log(helpOf(file, about, inputs));
    else {
      const status = await action(valuesOf(inputs, given));
      process.exitCode = typeof status === 'number' ? status : 0;
    }
  } catch (error) {
    if (!isForUsers(error)) throw error;
    tell(error);
    process.exitCode = 1;
  }
}

/** `installTest` is `--install-test` and INSTALL_TEST. */
const optionOf = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const variableOf = (name) => optionOf(name).replaceAll('-', '_').toUpperCase();

function readOptions(inputs) {
  const names = Object.keys(inputs).map((name) => [optionOf(name), { type: 'string' }]);
  try {
    const options = { ...Object.fromEntries(names), help: { type: 'boolean' } };
    return parseArgs({ options }).values;
  } catch (error) {
    throw new BootstrapError({
      what: error.message,
      why: 'Nothing was done.',
      next: 'Look at --help.',
    });
  }
}

function valuesOf(inputs, given) {
  const values = {};
  for (const [name, { about, required, fallback }] of Object.entries(inputs)) {
    const value = given[optionOf(name)] || process.env[variableOf(name)] || fallback;
    if (required && !value) {
      throw new BootstrapError({
        what: `${variableOf(name)} is not set`,
        why: `It says: ${about}.`,
        next: `Set it in the environment, or give --${optionOf(name)}=<value>.`,
      });
    }
    values[name] = value;
  }
  return values;
}

function helpOf(file, about, inputs) {
  const rows = Object.entries(inputs).map(([name, { about: text, required, fallback }]) => {
    const more = required ? ' (required)' : fallback ? ` (default: ${fallback})` : '';
    return `  --${optionOf(name)}, ${variableOf(name)}\n      ${text}${more}`;
  });
  const usage = `Usage: node scripts/ci/${file}${rows.length > 0 ? ' [options]' : ''}`;
  return [usage, '', about, ...(rows.length > 0 ? ['', ...rows] : [])].join('\n');
}

/** An error of ours: of these scripts, or of the executors. */
function isForUsers(error) {
  return error instanceof BootstrapError || typeof error?.what === 'string';
}

/** The error as text, and in a workflow as an annotation of the run's page. */
function tell(error) {
  const text = error.what
    ? [`[${error.code}] ${error.what}`, error.why, error.next].filter(Boolean).join('\n')
    : error.message;
  console.error(`\nError: ${text}`);
  annotate('error', text);
}

/** A note on the run's page; a line of the log elsewhere. `level`: error, warning or notice. */
export function annotate(level, text) {
  if (process.env['GITHUB_ACTIONS'] !== 'true') {
    if (level !== 'error') console.log(`${level}: ${text}`);
    return;
  }
  const escaped = text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  console.log(`::${level}::${escaped}`);
}

/** A value that a workflow writes as `true` or `false`. */
export const isTrue = (value) => value === 'true';

/** Items of a comma-separated value. */
export const itemsOf = (value) =>
  (value ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
