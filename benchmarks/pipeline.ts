/**
 * The pipeline on the embedded upstream, measured side by side in one run: five wheels against one, an
 * edit of metadata against a compile, and a run in which nothing changed. Works in a copy of the
 * repository with empty caches; the build environment is made before the clock starts.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clones } from '../e2e/support/clone.ts';
import type { Clone } from '../e2e/support/clone.ts';
import { sharedInterpreter } from '../e2e/support/interpreter.ts';

const ONE = ['run', 'variant-avx512bf16:build-sample'];
const FIVE = ['run-many', '-t', 'build-sample'];

/** `workspace` holds the compile cache: an empty one, because a ratio must not measure earlier runs. */
async function seconds(clone: Clone, words: readonly string[], workspace: string): Promise<number> {
  const started = performance.now();
  const run = await clone.nx(words, {
    VLLM_CPU_WORKSPACE: workspace,
    VLLM_CPU_PYTHON: sharedInterpreter(),
  });
  if (run.exitCode !== 0) throw new Error(`nx ${words.join(' ')} failed:\n${run.output}`);
  return (performance.now() - started) / 1000;
}

async function editSummary(clone: Clone): Promise<void> {
  const file = join(clone.root, 'packages/variant-avx512bf16/variant.json');
  const variant = JSON.parse(await readFile(file, 'utf8')) as { summary: string };
  variant.summary = `${variant.summary}, edited`;
  await writeFile(file, `${JSON.stringify(variant, null, 2)}\n`);
}

async function main(): Promise<void> {
  const made = clones();
  const print = (line: string): boolean => process.stdout.write(`${line}\n`);
  try {
    const warm = await made.make('warm');
    await warm.nx(ONE);
    const single = await made.make('one');
    const one = await seconds(single, ONE, await made.folder('workspace-one'));
    const all = await made.make('five');
    const workspace = await made.folder('workspace-five');
    const five = await seconds(all, FIVE, workspace);
    const unchanged = await seconds(all, FIVE, workspace);
    await editSummary(all);
    const edited = await seconds(all, FIVE, workspace);
    print(`one wheel             ${one.toFixed(1)} s`);
    print(`five wheels           ${five.toFixed(1)} s, ratio to one ${(five / one).toFixed(2)}`);
    print(`nothing changed       ${unchanged.toFixed(1)} s`);
    print(
      `one summary edited    ${edited.toFixed(1)} s, ratio to five wheels ${(edited / five).toFixed(2)}`,
    );
  } finally {
    await made.remove();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
