// `npm run bench`: every benchmark that needs nothing but this machine. Others name their input:
// node --import ./scripts/typescript.mjs benchmarks/verify-wheels.ts <wheel> ...
import { spawnSync } from 'node:child_process';

const loader = 'typescript' in process.features ? [] : ['--import', './scripts/typescript.mjs'];
/** @type {[program: string, ...words: string[]][]} */
const BENCHMARKS = [
  [process.execPath, ...loader, 'benchmarks/pipeline.ts'],
  [process.execPath, ...loader, 'benchmarks/nothing-changed.ts'],
  ['python3', 'packages/cpu-detect/bench/start_time.py'],
];

for (const [program, ...words] of BENCHMARKS) {
  process.stdout.write(`${words.at(-1)}\n`);
  const run = spawnSync(program, words, { stdio: 'inherit' });
  if (run.status !== 0) process.exitCode = 1;
}
