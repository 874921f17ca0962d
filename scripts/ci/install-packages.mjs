#!/usr/bin/env node
// Installs the npm packages and nothing else, without running their scripts: for jobs that compile
// nothing and hold a permission that a package's install script must not meet.
import { npmPackagesAreStale } from '../npm-packages.mjs';
import { show } from '../processes.mjs';
import { BootstrapError } from '../bootstrap-error.mjs';
import { ROOT } from './nx.mjs';
import { step } from './step.mjs';

await step(
  { file: 'install-packages.mjs', about: 'Installs the npm packages, without their scripts.' },
  async () => {
    if (!npmPackagesAreStale(ROOT)) return console.log('the npm packages are here');
    const words = ['--prefix', ROOT, 'install', '--no-save', '--ignore-scripts'];
    const status = await show(['npm', ...words, '--no-audit', '--no-fund']);
    if (status === 0) return 0;
    throw new BootstrapError({
      what: `npm install ended with ${status}`,
      why: 'npm says more above; most often the package registry is out of reach.',
      next: 'Re-run this job.',
    });
  },
);
