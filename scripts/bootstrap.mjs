#!/usr/bin/env node
// Makes a machine that has only Node and git ready for `npm run demo` and `npm test`: installs what
// is missing, and nothing when nothing is. Plain JavaScript without dependencies, because it runs
// before any are there.
import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BootstrapError, reportErrors } from './bootstrap-error.mjs';
import { installNpmPackages, npmPackagesAreStale } from './npm-packages.mjs';
import { findMissing, requirementsFor } from './requirements.mjs';
import { installNeeded, installWanted } from './install-missing.mjs';
import { findPackageManager, installCommand, packagesFor } from './system-packages.mjs';

const HERE = fileURLToPath(import.meta.url);
const ROOT = join(dirname(HERE), '..');
const OLDEST_NODE = { major: 20, minor: 19 };

const HELP = `Usage: node scripts/bootstrap.mjs [--check] [--tests]

Installs the system packages and npm packages that are missing.
  --check   only say what is missing (exit status 1 when something is)
  --tests   also what only the tests need`;

/** @param {string} line */
const say = (line) => console.log(`[bootstrap] ${line}`);

/**
 * Installs what is missing. `tests`: also what only the tests need. Throws BootstrapError.
 * @param {{ tests: boolean }} options
 */
export async function bootstrap({ tests }) {
  checkNode();
  checkPath(ROOT);
  const started = Date.now();
  const missing = await findMissing(requirementsFor({ tests }));
  await installNeeded(
    missing.filter(({ optional }) => !optional),
    say,
  );
  await installWanted(
    missing.filter(({ optional }) => optional),
    say,
  );
  if (npmPackagesAreStale(ROOT)) await installNpmPackages(ROOT, say);
  say(`ready (${((Date.now() - started) / 1000).toFixed(1)} s)`);
}

/**
 * Prints what `bootstrap` would install; resolves to the exit status.
 * @param {{ tests: boolean }} options
 */
async function check({ tests }) {
  checkNode();
  checkPath(ROOT);
  const missing = await findMissing(requirementsFor({ tests }));
  const stale = npmPackagesAreStale(ROOT);
  for (const { name } of missing) console.log(`missing: ${name}`);
  if (stale) console.log('missing: the npm packages of package-lock.json (npm ci)');
  const manager = missing.length > 0 ? await findPackageManager() : undefined;
  if (manager) console.log(`install: ${installCommand(manager, packagesFor(missing, manager))}`);
  if (missing.length === 0 && !stale) console.log('nothing is missing');
  return missing.length > 0 || stale ? 1 : 0;
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const oldest = OLDEST_NODE;
  if (major > oldest.major || (major === oldest.major && minor >= oldest.minor)) return;
  throw new BootstrapError({
    what: `Node ${oldest.major}.${oldest.minor} or later is needed; this is ${process.versions.node}`,
    why: 'Nx and the tests use what older versions do not have.',
    next: 'Install a newer one from https://nodejs.org, then run the same command again.',
  });
}

/**
 * npm and Nx fail on such a path with an error about a package.json.
 * @param {string} folder
 */
export function checkPath(folder) {
  if (!/[\n\r]/.test(folder)) return;
  throw new BootstrapError({
    what: `the path of this folder has a line break: ${JSON.stringify(folder)}`,
    why: 'npm and Nx do not work in such a folder.',
    next: 'Move or clone the repository to a folder without one.',
  });
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        check: { type: 'boolean' },
        tests: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
    return values;
  } catch (error) {
    throw new BootstrapError({
      what: String(error instanceof Error ? error.message : error),
      why: 'Nothing was done.',
      next: HELP,
    });
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === HERE) {
  await reportErrors(async () => {
    const { check: only = false, tests = false, help = false } = readOptions();
    if (help) return console.log(HELP);
    return only ? check({ tests }) : bootstrap({ tests });
  });
}
