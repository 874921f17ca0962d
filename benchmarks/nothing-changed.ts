/**
 * A run in which nothing changed, beside the least that Nx can do: the five wheels of the embedded upstream, all of
 * them in the cache, against ten `nx:noop` tasks of a workspace without plugins; and a run after an edit of one
 * README. Both without Nx's daemon, in turns, in copies with caches of their own; medians.
 */
import { appendFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRunner } from '@vllm-cpu/system/run';
import { clones } from '../e2e/support/clone.ts';
import { startNx } from '../e2e/support/nx.ts';

const ROUNDS = 7;
const FIVE = ['run-many', '-t', 'build-sample'];
const README = 'packages/variant-avx512bf16/README.md';
const NODE_MODULES = join(import.meta.dirname, '../node_modules');

/** Seconds of one run, which has to succeed. */
async function seconds(run: () => Promise<{ exitCode: number | null; output: string }>) {
  const started = performance.now();
  const { exitCode, output } = await run();
  if (exitCode !== 0) throw new Error(output);
  return (performance.now() - started) / 1000;
}

/** Ten projects of one task each, which does nothing. */
async function makeNoops(root: string): Promise<void> {
  const json = (path: string, value: unknown) =>
    writeFile(join(root, path), `${JSON.stringify(value)}\n`);
  await json('package.json', { name: 'noops', version: '0.0.0', private: true });
  await json('nx.json', { analytics: false, tui: { enabled: false } });
  await writeFile(join(root, '.gitignore'), 'node_modules\n.nx\n');
  await symlink(NODE_MODULES, join(root, 'node_modules'));
  for (let index = 0; index < 10; index += 1) {
    await mkdir(join(root, `project-${index}`));
    const targets = { go: { executor: 'nx:noop', cache: true } };
    await json(`project-${index}/project.json`, { name: `project-${index}`, targets });
  }
  const env = { PATH: process.env['PATH'] ?? '', HOME: root };
  await createRunner().run({ argv: ['git', 'init', '--quiet', root], env });
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

async function main(): Promise<void> {
  const made = clones();
  const print = (line: string): boolean => process.stdout.write(`${line}\n`);
  try {
    const ours = await made.make('ours');
    const noops = await made.folder('noops');
    const state = await made.folder('noops.nx');
    await makeNoops(noops);
    const env = {
      ...{ PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? noops },
      ...{ NX_CACHE_DIRECTORY: join(state, 'cache'), NX_DAEMON: 'false', NX_NO_CLOUD: 'true' },
      ...{ NX_WORKSPACE_DATA_DIRECTORY: join(state, 'workspace-data') },
    };
    const noop = () => startNx(noops, ['run-many', '-t', 'go'], env).ended;
    const five = () => ours.nx(FIVE);
    await seconds(noop);
    await seconds(five);
    await seconds(five);
    const times = { noop: [] as number[], unchanged: [] as number[], edited: [] as number[] };
    for (let round = 0; round < ROUNDS; round += 1) {
      times.noop.push(await seconds(noop));
      times.unchanged.push(await seconds(five));
      appendFileSync(join(ours.root, README), `\nEdit ${round}.\n`);
      times.edited.push(await seconds(five));
    }
    const [base, unchanged, edited] = [times.noop, times.unchanged, times.edited].map(median);
    const ratio = (value = Number.NaN) =>
      `${value.toFixed(2)} s, ratio ${(value / (base ?? 0)).toFixed(2)}`;
    print(`ten nx:noop tasks     ${base?.toFixed(2)} s`);
    print(`nothing changed       ${ratio(unchanged)}`);
    print(`one README edited     ${ratio(edited)}`);
  } finally {
    await made.remove();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
