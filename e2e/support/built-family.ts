import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { cp, readdir, rename, rm, stat } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { sha256 } from '@vllm-cpu/system/digest';
import { withLock } from '@vllm-cpu/system/file-lock';
import { createRunner } from '@vllm-cpu/system/run';
import { pythonTools } from '@vllm-cpu/testing/python-tools';
import type { Clone } from './clone.ts';

/** What a publication of the sample needs. */
const EVERYTHING = ['run-many', '-t', 'verify-sample,equivalence-sample'];
const DAY_MS = 24 * 60 * 60 * 1000;

/** `path` and behind it the new directory `bin` with twine alone, which verification uses where it finds it. */
export function withTwine(path: string, bin: string): string {
  const tools = pythonTools();
  if (!tools.available) return path;
  mkdirSync(bin);
  symlinkSync(tools.program('twine'), join(bin, 'twine'));
  return [path, bin].join(delimiter);
}

/**
 * Gives Nx in a new clone the results of the sample's family: how they are made is tested elsewhere, and many
 * specs begin with them. The first that needs them builds them; they are kept in `families`, by the sources
 * that make them. What changed beside those, a compiler for example, Nx itself notices.
 * @param state folder of Nx's cache and data for this clone
 */
export async function restoreFamily(clone: Clone, state: string, families: string): Promise<void> {
  const kept = join(families, await sourcesOf(clone));
  await withLock(`${kept}.lock`, async () => {
    if (!existsSync(kept)) await buildFamily(clone, state, kept);
  });
  await cp(kept, state, { recursive: true });
}

async function buildFamily(clone: Clone, state: string, kept: string): Promise<void> {
  const { exitCode, output } = await clone.nx(EVERYTHING);
  if (exitCode !== 0) throw new Error(output);
  await rm(join(clone.root, 'dist'), { recursive: true });
  await removeOld(dirname(kept));
  await cp(state, `${kept}.new`, { recursive: true });
  await rename(`${kept}.new`, kept);
}

/** A digest of the projects. */
async function sourcesOf({ root }: Clone): Promise<string> {
  const folders = ['libs', 'packages', 'tools'].map((name) => `HEAD:${name}`);
  const argv: [string, ...string[]] = ['git', '-C', root, 'rev-parse', ...folders];
  const env = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent' };
  return sha256((await createRunner().run({ argv, env })).stdout).slice(0, 16);
}

/** Those of other sources. */
async function removeOld(families: string): Promise<void> {
  for (const name of await readdir(families)) {
    const { mtimeMs } = await stat(join(families, name));
    if (mtimeMs < Date.now() - DAY_MS) await rm(join(families, name), { recursive: true });
  }
}
