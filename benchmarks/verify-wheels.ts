/**
 * All checks but import over several wheels, two processes at a time, as `nx run-many -t verify`
 * does on two cores.
 *
 *   node benchmarks/verify-wheels.ts wheel.whl ...
 */
import { fork } from 'node:child_process';
import { on, once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { loadVariants } from '@vllm-cpu/sources/catalogue';
import { allowedEnv, createRunner } from '@vllm-cpu/system/run';
import { wheelName } from '@vllm-cpu/variant/model';
import { NOTHING_ALLOWED } from '@vllm-cpu/verify/allow';
import { CHECKS } from '@vllm-cpu/verify/registry';
import { verifyWheel } from '@vllm-cpu/verify/verify-wheel';

const ROOT = join(import.meta.dirname, '..');
const PROCESSES = 2;
/** What a worker gets instead of a path when no wheel is left. */
const DONE = '';

async function verifyOne(wheelPath: string, workDir: string): Promise<void> {
  const started = performance.now();
  const family = loadVariants(ROOT);
  const variant = family.find(
    ({ distribution }) => basename(wheelPath).split('-')[0] === wheelName(distribution),
  );
  const report = await verifyWheel({
    wheelPath,
    variant,
    platform: 'linux-x86_64',
    variants: family,
    allow: NOTHING_ALLOWED,
    strict: false,
    only: CHECKS.map(({ name }) => name).filter((name) => name !== 'import'),
    runner: createRunner(),
    env: allowedEnv(process.env),
    workDir,
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(2);
  process.stdout.write(`  ${report.file} as ${variant?.name ?? 'no variant'}: ${seconds} s\n`);
}

/** Takes wheels from the parent until there are none. */
async function work(): Promise<void> {
  const workDir = mkdtempSync(join(tmpdir(), 'vllm-cpu-bench-'));
  const ready = (): unknown => process.send?.('ready');
  ready();
  for await (const [wheel] of on(process, 'message') as AsyncIterable<[string]>) {
    if (wheel === DONE) break;
    await verifyOne(wheel, workDir);
    ready();
  }
  rmSync(workDir, { recursive: true, force: true });
  const peak = Math.round(process.resourceUsage().maxRSS / 1024);
  process.stdout.write(`  peak memory of this process: ${peak} MiB\n`);
  process.disconnect();
}

async function worker(next: () => string | undefined): Promise<void> {
  const child = fork(process.argv[1] ?? '', ['--work']);
  child.on('message', () => child.send(next() ?? DONE));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  if (exitCode !== 0) throw new Error(`a worker ended with exit status ${exitCode}`);
}

async function main(words: readonly string[]): Promise<void> {
  if (words[0] === '--work') return await work();
  if (words.length === 0) throw new Error('give the paths of wheels');
  const waiting = [...words].sort((a, b) => statSync(b).size - statSync(a).size);
  const started = performance.now();
  await Promise.all(Array.from({ length: PROCESSES }, async () => worker(() => waiting.shift())));
  const seconds = ((performance.now() - started) / 1000).toFixed(2);
  process.stdout.write(
    `${words.length} wheels, all checks but import: ${seconds} s, start of ${PROCESSES} processes included\n`,
  );
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
