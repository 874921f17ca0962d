/**
 * What `nx release` does for the detector: as for every npm package, and then the generated files
 * are written again, because the Python package takes its version from there.
 */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import type * as NpmPackages from '@nx/js/src/release/version-actions' with {
  'resolution-mode': 'require',
};

// A CommonJS module with a default export, which Node.js and compilers import differently.
const load = createRequire(import.meta.url);
const npmPackages = load('@nx/js/src/release/version-actions') as typeof NpmPackages.default;

export default class DetectorVersionActions extends npmPackages.default {}

const GENERATED = 'packages/cpu-detect/python/vllm_cpu_detect/_table.py';

export const afterAllProjectsVersioned: typeof npmPackages.afterAllProjectsVersioned = async (
  cwd,
  options,
) => {
  const done = await npmPackages.afterAllProjectsVersioned(cwd, options);
  if (options.dryRun === true) return done;
  const script = path.join(cwd, 'packages/cpu-detect/scripts/generate-table.ts');
  const words = ['--import', '@swc-node/register/esm-register', script];
  execFileSync(process.execPath, words, { cwd, stdio: 'inherit' });
  return { ...done, changedFiles: [...done.changedFiles, GENERATED] };
};
