/**
 * All checks but import over several wheels, two processes at a time, as `nx run-many -t verify`
 * does on two cores.
 *
 *   node --import ./scripts/typescript.mjs benchmarks/verify-wheels.ts wheel.whl ...
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '@vllm-cpu/report/report';
import { measure } from './process-tree.ts';

const PROCESSES = 2;
/** Its `inspect` runs every check that does not need an interpreter. */
const WORKER = join(import.meta.dirname, 'verify-worker.mjs');

async function worker(next: () => string | undefined): Promise<void> {
  const child = fork(WORKER, { execArgv: [] });
  let started = performance.now();
  child.on('message', (report: string) => {
    if (report !== '') print(JSON.parse(report) as Report, performance.now() - started);
    started = performance.now();
    child.send(next() ?? '');
  });
  const [exitCode] = (await once(child, 'close')) as [number | null];
  if (exitCode !== 0) throw new Error(`a worker ended with exit status ${exitCode}`);
}

function print({ file, checks }: Report, milliseconds: number): void {
  const passed = checks.filter(({ status }) => status === 'passed').length;
  const seconds = (milliseconds / 1000).toFixed(2);
  process.stdout.write(`  ${file}: ${seconds} s, ${passed} of ${checks.length} checks passed\n`);
}

async function main(wheels: readonly string[]): Promise<void> {
  if (wheels.length === 0) throw new Error('give the paths of wheels');
  const waiting = [...wheels].sort((a, b) => statSync(b).size - statSync(a).size);
  const { seconds, cpuSeconds, peakGib } = await measure(() =>
    Promise.all(Array.from({ length: PROCESSES }, () => worker(() => waiting.shift()))),
  );
  process.stdout.write(
    `${wheels.length} wheels, all checks but import: ${seconds.toFixed(2)} s, start of ${PROCESSES} processes ` +
      `included; ${cpuSeconds.toFixed(1)} CPU seconds, ${peakGib.toFixed(2)} GiB at most\n`,
  );
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
