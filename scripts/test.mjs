#!/usr/bin/env node
// `npm test`: makes the machine ready, runs the specs of every project through Nx, which replays those whose
// inputs are as they were, and ends with the counts on a line of their own.
// Arguments go to jest itself: `npm test -- packages/cpu-detect`. `--gate`, by itself, lints and checks types as
// well, beside the specs.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bootstrap } from './bootstrap.mjs';
import { reportErrors } from './bootstrap-error.mjs';
import { follow, show } from './processes.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
/** Counts of each project, written by its `test` target (tools/workspace/src/test-results.ts). */
const RESULTS = join(ROOT, 'dist', 'test-results');
const NODE = [process.execPath, '--disable-warning=ExperimentalWarning'];

/**
 * @typedef {{ passed: number, failed: number, skipped: string[] }} Counts
 * @typedef {{ status: number, counts: Counts[] }} Outcome
 */

/** Python's targets are the detector's: ruff and mypy. */
const CHECKS = ['lint', 'typecheck', 'python-lint', 'python-typecheck', 'spelling'];

/**
 * Runs these targets of every project.
 * @param {string[]} targets
 */
function runMany(targets) {
  const nx = join(ROOT, 'node_modules', 'nx', 'dist', 'bin', 'nx.js');
  const words = ['run-many', '-t', ...targets, '--output-style=static'];
  return [process.execPath, nx, ...words];
}

/**
 * The specs of every project; resolves to the exit status and the counts of all.
 * @returns {Promise<Outcome>}
 */
async function runAll() {
  rmSync(RESULTS, { recursive: true, force: true });
  const status = await show(runMany(['test']));
  const names = existsSync(RESULTS) ? readdirSync(RESULTS) : [];
  const counts = names
    .filter((name) => /^[^.].*\.json$/.test(name))
    .map((name) => JSON.parse(readFileSync(join(RESULTS, name), 'utf8')));
  return { status: status ?? 1, counts };
}

/**
 * The specs, and the checks beside them in a run of their own: of one run Nx does lint, types and specs, which are
 * batches, one after the other, and everything else after them. What the checks say is shown when they are done.
 * @returns {Promise<Outcome>}
 */
async function runGate() {
  /** @type {string[]} */
  const said = [];
  const checks = follow(runMany(CHECKS), {}, (line) => said.push(line)).then((status) => {
    console.log(said.join('\n'));
    return status ?? 1;
  });
  const [{ status, counts }, checked] = await Promise.all([runAll(), checks]);
  if (checked) console.log('\nLint, types or spelling failed: their output is above.');
  return { status: status || checked, counts };
}

/** @param {string[]} args */
function run(args) {
  if (args.length === 0) return runAll();
  return args[0] === '--gate' ? runGate() : runJest(args);
}

/**
 * jest alone, with `args`; no counts where it ran nothing (--listTests, --help).
 * @param {string[]} args
 * @returns {Promise<Outcome>}
 */
async function runJest(args) {
  const file = join(RESULTS, '.jest.json');
  rmSync(file, { force: true });
  mkdirSync(RESULTS, { recursive: true });
  const jest = join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
  // execa and iced-x86 are ES modules, which jest only loads with this flag.
  const flags = ['--experimental-vm-modules', jest, ...args, '--json', `--outputFile=${file}`];
  const status = await show([...NODE, ...flags]);
  const results = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
  if (Array.isArray(results)) console.log(results.join('\n'));
  return { status: status ?? 1, counts: results?.testResults ? [countsOf(results)] : [] };
}

/**
 * A file that could not be run counts as one failure: its tests are unknown.
 * @param {{
 *   numPassedTests: number, numFailedTests: number, numRuntimeErrorTestSuites: number,
 *   testResults: { assertionResults: { status: string, fullName: string }[] }[],
 * }} results
 */
function countsOf({ numPassedTests, numFailedTests, numRuntimeErrorTestSuites, testResults }) {
  const skipped = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => ['pending', 'todo', 'skipped'].includes(status))
    .map(({ fullName }) => fullName);
  return { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites, skipped };
}

await reportErrors(async () => {
  process.chdir(ROOT);
  await bootstrap({ tests: true });
  const args = process.argv.slice(2);
  const { status, counts } = await run(args);
  if (counts.length === 0) return status;
  const sum = (/** @type {'passed' | 'failed'} */ name) =>
    counts.reduce((total, each) => total + each[name], 0);
  const skipped = counts.flatMap((each) => each.skipped);
  // Those that a pattern of the arguments left out were not skipped by this machine: no reason in their name.
  const named = skipped.filter((name) => / \[skipped: [^\]]+\]$/.test(name));
  if (named.length > 0) console.log(`\nSkipped:\n${named.map((name) => `  ${name}`).join('\n')}`);
  const failed = sum('failed') || (status === 0 ? 0 : 1);
  console.log(`\n${sum('passed')} passed, ${failed} failed, ${skipped.length} skipped`);
  return status === 0 && failed > 0 ? 1 : status;
});
