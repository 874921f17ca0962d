/**
 * What `nx release` does for the detector: as for every npm package, and then the generated files
 * are written again, because the Python package takes its version from there.
 */
const { execFileSync } = require('node:child_process');
const npmPackages = require('@nx/js/src/release/version-actions');

exports.default = class DetectorVersionActions extends npmPackages.default {};

const GENERATED = 'packages/cpu-detect/python/vllm_cpu_detect/_table.py';

exports.afterAllProjectsVersioned = async (cwd, options) => {
  const done = await npmPackages.afterAllProjectsVersioned(cwd, options);
  if (options.dryRun === true) return done;
  const words = ['./scripts/typescript.mjs', 'packages/cpu-detect/scripts/generate-table.ts'];
  execFileSync(process.execPath, ['--import', ...words], { cwd, stdio: 'inherit' });
  return { ...done, changedFiles: [...done.changedFiles, GENERATED] };
};
