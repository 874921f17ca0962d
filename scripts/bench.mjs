// `npm run bench`: every benchmark that needs nothing but this machine. Others name their input:
// node --import @swc-node/register/esm-register benchmarks/verify-wheels.ts <wheel> ...
import { spawnSync } from 'node:child_process';

const BENCHMARKS = ['benchmarks/pipeline.ts', 'packages/cpu-detect/bench/start-time.ts'];
const loader = process.features.typescript ? [] : ['--import', '@swc-node/register/esm-register'];

for (const benchmark of BENCHMARKS) {
  process.stdout.write(`${benchmark}\n`);
  const run = spawnSync(process.execPath, [...loader, benchmark], { stdio: 'inherit' });
  if (run.status !== 0) process.exitCode = 1;
}
