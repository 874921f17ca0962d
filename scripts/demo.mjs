#!/usr/bin/env node
// `npm run demo`: makes the machine ready, builds and proves all variants of the embedded
// upstream, publishes them to an index on disk, and installs the one for this CPU with pip.
import { rmSync } from 'node:fs';
import { register } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { BootstrapError, reportErrors } from './bootstrap-error.mjs';
import { bootstrap } from './bootstrap.mjs';
import { show } from './processes.mjs';
import { findPython } from './requirements.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const INDEX = join(ROOT, 'dist', 'demo', 'index');
const ENVIRONMENT = join(ROOT, 'dist', 'demo', 'venv');

/**
 * Throws with the step's name unless the program ends with 0.
 * @param {string} title
 * @param {string[]} argv
 * @param {Record<string, string>} [env]
 */
async function step(title, argv, env) {
  console.log(`\n[demo] ${title}`);
  const status = await show(argv, env);
  if (status === 0) return;
  throw new BootstrapError({
    what: `${title}: failed (exit status ${status})`,
    why: 'The step says more above.',
    next: 'Mend that and run npm run demo again: what is done already is not done twice.',
  });
}

/**
 * One target over all variants.
 * @param {string} target
 * @param {string[]} options
 */
function nx(target, ...options) {
  const program = join(ROOT, 'node_modules', '.bin', 'nx');
  return [process.execPath, program, 'run-many', '-t', target, '--parallel=2', ...options];
}

/**
 * Installs `distribution` from the index of step 2 and lets its kernels prove themselves.
 * @param {string} distribution
 */
async function install(distribution) {
  rmSync(ENVIRONMENT, { recursive: true, force: true });
  const python = join(ENVIRONMENT, 'bin', 'python');
  await step('3/3 a new virtual environment', [
    (await findPython()) ?? 'python3',
    '-m',
    'venv',
    ENVIRONMENT,
  ]);
  const pip = [python, '-m', 'pip', '--disable-pip-version-check', 'install', '--no-deps'];
  const from = ['--index-url', pathToFileURL(join(INDEX, 'simple')).href];
  await step(`pip install ${distribution}`, [...pip, ...from, distribution]);
  await step('vllm --version', [join(ENVIRONMENT, 'bin', 'vllm'), '--version']);
  await step('every kernel against plain Python', [python, '-m', 'vllm.selfcheck']);
}

/** The demo's table is TypeScript, which needs what the bootstrap has installed. */
function loadTable() {
  if (!('typescript' in process.features)) {
    register('./typescript-hooks.mjs', import.meta.url);
  }
  return import('../libs/commands/src/demo/demo-table.ts');
}

/**
 * @param {string} project
 * @param {boolean} installed
 */
function whatNext(project, installed) {
  const serve = [
    `  ${relative(ROOT, ENVIRONMENT)}/bin/vllm serve echo`,
    '      the installed miniature as a server on port 8000 (try /health)',
  ];
  return [
    'Next:',
    ...(installed ? serve : []),
    `  cat dist/${project}/sample/verify/report.md`,
    '      what was verified, and how',
    '  npx nx run wheels:plan',
    '      what building real vLLM would do here: time, disk, memory, what is missing',
    '  README.md',
    '      the real build, publishing, settings',
  ].join('\n');
}

await reportErrors(async () => {
  process.chdir(ROOT);
  const started = Date.now();
  await bootstrap({ tests: false });
  // Nx's background process would outlive the demo, and its advice is to buy a cache.
  const quiet = { NX_DAEMON: 'false', NX_TUI: 'false', NX_NO_CLOUD: 'true' };
  await step('1/3 build and verify all wheels', nx('verify-sample', '--output-style=stream'), quiet);
  rmSync(INDEX, { recursive: true, force: true });
  const publish = nx(
    'publish-sample',
    `--index=file:${INDEX}`,
    '--output-style=static-failures-only',
  );
  await step('2/3 publish them to an index on disk', publish, quiet);

  const { bestHere, demoTable, variantsHere } = await loadTable();
  const variants = variantsHere(ROOT);
  const best = bestHere(variants);
  if (best) await install(best.distribution);
  console.log(`\n${demoTable(ROOT, variants)}\n`);
  console.log(
    best
      ? `${best.distribution} suits this CPU and is installed in ${relative(ROOT, ENVIRONMENT)}.`
      : 'None of them runs on this CPU.',
  );
  console.log(whatNext((best ?? variants[0])?.project ?? 'variant-noavx512', best !== undefined));
  console.log(`\nThe page of the index: ${pathToFileURL(join(INDEX, 'index.html')).href}`);
  console.log(`\n[demo] done in ${Math.round((Date.now() - started) / 1000)} s`);
});
