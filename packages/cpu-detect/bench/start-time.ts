/** Time from start to answer, against an interpreter that does nothing: the ratio is the price. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const project = path.resolve(import.meta.dirname, '..');
const RUNS = 15;

/** Milliseconds of the fastest of many runs: the others measure what else the machine does. */
interface Times {
  wall: number;
  cpu: number;
}

/** Python's os.wait4 tells the processor time of one child, which Node.js cannot. */
const MEASURE = `
import json, os, sys, time
argv = json.loads(sys.argv[1])
null = os.open(os.devnull, os.O_WRONLY)
best = {"wall": float("inf"), "cpu": float("inf")}
for _ in range(${RUNS}):
    start = time.perf_counter()
    pid = os.posix_spawn(argv[0], argv, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, null, 1)])
    _, status, usage = os.wait4(pid, 0)
    if os.WEXITSTATUS(status) > 1:
        sys.exit("failed: " + " ".join(argv))
    best["wall"] = min(best["wall"], (time.perf_counter() - start) * 1000)
    best["cpu"] = min(best["cpu"], (usage.ru_utime + usage.ru_stime) * 1000)
print(json.dumps(best))
`;

function fastest(argv: readonly string[], cwd: string): Times {
  const words = ['-c', MEASURE, JSON.stringify(argv)];
  const { status, stdout, stderr } = spawnSync('python3', words, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Times;
}

function row(name: string, nothing: Times, answer: Times): void {
  for (const kind of ['wall', 'cpu'] as const) {
    const times = `${nothing[kind].toFixed(1)} ms doing nothing, ${answer[kind].toFixed(1)} ms to the answer`;
    const ratio = (answer[kind] / nothing[kind]).toFixed(2);
    process.stdout.write(`${name}, ${kind} time: ${times}, ratio ${ratio}\n`);
  }
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
  const module = fastest([python, '-m', 'vllm_cpu_detect'], sources);
  row('Python', fastest([python, '-c', 'pass'], sources), module);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cpu-detect-bench-'));
  try {
    const bin = compile(folder);
    const nothing = fastest([process.execPath, '-e', '0'], folder);
    row('Node.js', nothing, fastest([process.execPath, bin], folder));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
  if (module.wall > 100)
    process.stdout.write('Python is over its budget of 100 ms on this machine.\n');
}

main();
