import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { git } from '@vllm-cpu/testing/git-fixture';
import type { Clone } from './clone.ts';
import type { WheelName } from './wheels/results.ts';

/** Commits everything in the clone; the commit's id. */
export async function commitAll(clone: Clone, message: string): Promise<string> {
  const at = ['-C', clone.root, '-c', 'user.name=test', '-c', 'user.email=test@localhost'];
  await git.run([...at, 'add', '--all']);
  await git.run([...at, 'commit', '--quiet', '-m', message]);
  return (await git.run([...at, 'rev-parse', 'HEAD'])).stdout.trim();
}

/** Leaves only these variants in the clone: the family is what is there. */
export function keepVariants(clone: Clone, kept: readonly WheelName[]): void {
  const folders = kept.map((name) => `variant-${name}`);
  for (const name of readdirSync(join(clone.root, 'packages'))) {
    if (!name.startsWith('variant-') || folders.includes(name)) continue;
    rmSync(join(clone.root, 'packages', name), { recursive: true });
  }
}

/** What `nx show projects --affected` says of the commits after `base`, sorted. */
export async function affectedProjects(clone: Clone, base: string): Promise<string[]> {
  const words = ['show', 'projects', '--affected', `--base=${base}`, '--head=HEAD', '--json'];
  const { exitCode, output } = await clone.nx(words);
  if (exitCode !== 0) throw new Error(output);
  const whole = ['e2e', 'benchmarks'];
  return (JSON.parse(output) as string[]).filter((name) => !whole.includes(name)).sort();
}
