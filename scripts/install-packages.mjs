#!/usr/bin/env node
// Installs the npm packages and nothing else, without running their scripts: for jobs that compile
// nothing and hold a permission that a package's install script must not meet.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BootstrapError, reportErrors } from './bootstrap-error.mjs';
import { npmPackagesAreStale } from './npm-packages.mjs';
import { show } from './processes.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');

await reportErrors(async () => {
  if (!npmPackagesAreStale(ROOT)) {
    console.log('the npm packages are here');
    return 0;
  }
  const words = ['--prefix', ROOT, 'install', '--no-save', '--ignore-scripts'];
  const status = await show(['npm', ...words, '--no-audit', '--no-fund']);
  if (status === 0) return 0;
  throw new BootstrapError({
    what: `npm install ended with ${status}`,
    why: 'npm says more above; most often the package registry is out of reach.',
    next: 'Re-run this job.',
  });
});
