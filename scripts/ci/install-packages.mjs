#!/usr/bin/env node
// Installs the npm packages and nothing else, without running their scripts: for jobs that compile
// nothing and hold a permission that a package's install script must not meet.
import { installNpmPackages, npmPackagesAreStale } from '../npm-packages.mjs';
import { ROOT } from './nx.mjs';
import { step } from './step.mjs';

await step(
  { file: 'install-packages.mjs', about: 'Installs the npm packages, without their scripts.' },
  async () => {
    if (!npmPackagesAreStale(ROOT)) return console.log('the npm packages are here');
    return installNpmPackages(ROOT, console.log, ['--ignore-scripts']);
  },
);
