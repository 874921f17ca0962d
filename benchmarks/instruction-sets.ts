/**
 * The instruction-set check against `objdump -d | grep` on the same module, in one run.
 *
 *   node benchmarks/instruction-sets.ts [module.so ...]
 *
 * Without an argument the module is the node binary itself. On Node 20 add
 * `--import ./scripts/typescript.mjs`. Both sides run once to warm the page cache, then
 * three times; the best time counts.
 */
import { spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { parseElf } from '@vllm-cpu/elf/elf-file';
import { scanInstructionSets } from '@vllm-cpu/isa/scan';
import { X86_64_BASELINE } from '@vllm-cpu/variant/features';

const ROUNDS = 3;
/** What a careful person greps for; it sees neither AVX-VNNI nor features without own registers. */
const PATTERN = '%zmm|%k[0-7]|%tmm|%[xy]mm(1[6-9]|2[0-9]|3[01])';

/** The shell is part of what is measured: this is what people run. */
async function objdumpAndGrep(module: string): Promise<void> {
  const script = 'objdump -d "$1" | grep -c -E "$2"';
  const child = spawn('sh', ['-c', script, 'sh', module, PATTERN], { stdio: 'ignore' });
  await new Promise<void>((done, fail) => {
    child.on('error', fail);
    child.on('close', () => done());
  });
}

function scan(module: string): number {
  const elf = parseElf(readFileSync(module), module);
  const result = scanInstructionSets(elf, { allowed: X86_64_BASELINE });
  if (!result) throw new Error(`${module}: no decoder for ${elf.machine}`);
  return result.instructions;
}

async function best(action: () => Promise<unknown> | unknown): Promise<number> {
  await action();
  let seconds = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now();
    await action();
    seconds = Math.min(seconds, (performance.now() - started) / 1000);
  }
  return seconds;
}

async function main(modules: readonly string[]): Promise<void> {
  for (const module of modules) {
    const instructions = scan(module);
    const ours = await best(() => scan(module));
    const theirs = await best(() => objdumpAndGrep(module));
    const size = (statSync(module).size / 1024 / 1024).toFixed(0);
    process.stdout.write(
      `${module} (${size} MiB, ${instructions.toLocaleString('en-US')} instructions)\n` +
        `  instruction-sets check ${ours.toFixed(2)} s, objdump -d | grep ${theirs.toFixed(2)} s: ` +
        `${(theirs / ours).toFixed(1)} times faster\n`,
    );
  }
  const peak = Math.round(process.resourceUsage().maxRSS / 1024);
  process.stdout.write(`  peak memory of the check: ${peak} MiB\n`);
}

const given = process.argv.slice(2);
main(given.length > 0 ? given : [process.execPath]).catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
