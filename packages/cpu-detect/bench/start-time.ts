/** Time from start to answer, against an interpreter that does nothing: the ratio is the price. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const project = path.resolve(import.meta.dirname, '..');
const RUNS = 15;

/** Milliseconds of the fastest run: the others measure what else the machine does. */
function fastest(program: string, words: readonly string[], cwd: string): number {
  let best = Infinity;
  for (let run = 0; run < RUNS; run += 1) {
    const start = performance.now();
    const { status, stderr } = spawnSync(program, words, { cwd });
    if (status !== 0 && status !== 1) throw new Error(`${program} failed: ${String(stderr)}`);
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

function row(name: string, nothing: number, answer: number): void {
  const times = `${nothing.toFixed(1)} ms doing nothing, ${answer.toFixed(1)} ms to the answer`;
  process.stdout.write(`${name}: ${times}, ratio ${(answer / nothing).toFixed(2)}\n`);
}

function compile(folder: string): string {
  const tsc = path.resolve(project, '../../node_modules/typescript/bin/tsc');
  const words = [tsc, '-p', path.join(project, 'tsconfig.build.json'), '--outDir', folder];
  const { status, stdout } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stdout);
  fs.copyFileSync(path.join(project, 'src/table.json'), path.join(folder, 'table.json'));
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
  return path.join(folder, 'bin.js');
}

/** The interpreter itself: a version manager's shim in front of it would be most of the time. */
function interpreter(): string {
  const words = ['-c', 'import sys; print(sys.executable)'];
  return spawnSync('python3', words, { encoding: 'utf8' }).stdout.trim();
}

function main(): void {
  const python = interpreter();
  const sources = path.join(project, 'python');
  const module = fastest(python, ['-m', 'vllm_cpu_detect'], sources);
  row('Python', fastest(python, ['-c', 'pass'], sources), module);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cpu-detect-bench-'));
  try {
    const bin = compile(folder);
    const nothing = fastest(process.execPath, ['-e', '0'], folder);
    row('Node.js', nothing, fastest(process.execPath, [bin], folder));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
  if (module > 100) process.stdout.write('Python is over its budget of 100 ms on this machine.\n');
}

main();
