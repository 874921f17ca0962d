#!/usr/bin/env node
// `npm test`: makes the machine ready, runs jest, and ends with the counts on a line of their own.
// Arguments go to jest: `npm test -- packages/cpu-detect`.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bootstrap } from './bootstrap.mjs';
import { reportErrors } from './bootstrap-error.mjs';
import { show } from './processes.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const RESULTS = join(ROOT, 'dist', 'test-results.json');

/** Runs jest with `args`; resolves to its exit status and its results, where it wrote any. */
async function runJest(args) {
  rmSync(RESULTS, { force: true });
  mkdirSync(dirname(RESULTS), { recursive: true });
  const jest = join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
  // execa and iced-x86 are ES modules, which jest only loads with the first flag.
  const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const output = ['--json', `--outputFile=${RESULTS}`];
  const status = await show([process.execPath, ...node, jest, ...args, ...output]);
  const results = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')) : null;
  return { status: status ?? 1, results };
}

/** The closing line. A file that could not be run counts as one failure: its tests are unknown. */
function summarise(results) {
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  const skipped = results.numPendingTests + results.numTodoTests;
  return { failed, line: `${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped` };
}

/**
 * The tests that this machine could not run; jest names them only when it runs a single file. Those
 * that a pattern of the arguments left out are no such tests: their names give no reason.
 */
function skippedFor(results) {
  const all = (results.testResults ?? []).flatMap(({ assertionResults }) => assertionResults);
  return all.map(({ fullName }) => fullName).filter((name) => / \[skipped: [^\]]+\]$/.test(name));
}

await reportErrors(async () => {
  process.chdir(ROOT);
  await bootstrap({ tests: true });
  const { status, results } = await runJest(process.argv.slice(2));
  if (Array.isArray(results)) console.log(results.join('\n'));
  // --listTests, --help and the like count nothing; neither does a jest that could not start.
  if (results?.numTotalTests === undefined) return status;
  const { failed, line } = summarise(results);
  const skipped = skippedFor(results);
  if (skipped.length > 0)
    console.log(`\nSkipped:\n${skipped.map((name) => `  ${name}`).join('\n')}`);
  console.log(`\n${line}`);
  return status === 0 && failed > 0 ? 1 : status;
});
