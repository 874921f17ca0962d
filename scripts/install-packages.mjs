#!/usr/bin/env node
// Installs the npm packages and nothing else, without running their scripts: for jobs that compile
// nothing and hold a permission that a package's install script must not meet.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { reportErrors } from './bootstrap-error.mjs';
import { installNpmPackages, npmPackagesAreStale } from './npm-packages.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');

await reportErrors(async () => {
  if (npmPackagesAreStale(ROOT)) await installNpmPackages(ROOT, console.log, ['--ignore-scripts']);
  else console.log('the npm packages are here');
});
