/**
 * All checks but import over several wheels, two processes at a time, as `nx run-many -t verify`
 * does on two cores.
 *
 *   node benchmarks/verify-wheels.ts wheel.whl ...
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { allowedEnv, createRunner } from '../tools/executors/src/system/run.ts';
import { wheelName } from '../tools/executors/src/variant/model.ts';
import { variantSchema } from '../tools/executors/src/variant/model.ts';
import { CHECKS } from '../tools/executors/src/verify/checks/registry.ts';
import { verifyWheel } from '../tools/executors/src/verify/verify-wheel.ts';

const PACKAGES = join(import.meta.dirname, '../packages');
const PROCESSES = 2;

function variants() {
  return readdirSync(PACKAGES)
    .filter((name) => name.startsWith('variant-'))
    .map((name) => readFileSync(join(PACKAGES, name, 'variant.json'), 'utf8'))
    .map((text) => variantSchema.parse(JSON.parse(text)));
}

async function verifyHere(wheels: readonly string[]): Promise<void> {
  const workDir = mkdtempSync(join(tmpdir(), 'vllm-cpu-bench-'));
  for (const wheelPath of wheels) {
    const started = performance.now();
    const family = variants();
    const variant = family.find(
      ({ distribution }) => basename(wheelPath).split('-')[0] === wheelName(distribution),
    );
    const report = await verifyWheel({
      wheelPath,
      variant,
      platform: 'linux-x86_64',
      variants: family,
      allow: [],
      strict: false,
      only: CHECKS.map(({ name }) => name).filter((name) => name !== 'import'),
      runner: createRunner(),
      env: allowedEnv(process.env),
      workDir,
    });
    const seconds = ((performance.now() - started) / 1000).toFixed(2);
    process.stdout.write(`  ${report.file} as ${variant?.name ?? 'no variant'}: ${seconds} s\n`);
  }
  rmSync(workDir, { recursive: true, force: true });
  const peak = Math.round(process.resourceUsage().maxRSS / 1024);
  process.stdout.write(`  peak memory of this process: ${peak} MiB\n`);
}

async function child(wheels: readonly string[]): Promise<void> {
  const script = process.argv[1] ?? '';
  const started = spawn(process.execPath, [...process.execArgv, script, '--here', ...wheels], {
    stdio: 'inherit',
  });
  await new Promise<void>((done) => started.on('close', () => done()));
}

async function main(words: readonly string[]): Promise<void> {
  if (words[0] === '--here') return await verifyHere(words.slice(1));
  if (words.length === 0) throw new Error('give the paths of wheels');
  const started = performance.now();
  const shares = Array.from({ length: PROCESSES }, (_, share) =>
    words.filter((__, index) => index % PROCESSES === share),
  );
  await Promise.all(shares.filter(({ length }) => length > 0).map(child));
  const seconds = ((performance.now() - started) / 1000).toFixed(2);
  process.stdout.write(`${words.length} wheels, all checks but import: ${seconds} s\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
