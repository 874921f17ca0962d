import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { createRunner } from '@vllm-cpu/system/run';
import { makePureWheel } from '@vllm-cpu/testing/pure-wheel';
import { pythonTools } from '@vllm-cpu/testing/python-tools';
import { requires } from '@vllm-cpu/testing/requires';
import { clones, SHARED_WORKSPACE } from './support/clone.ts';
import type { Clone } from './support/clone.ts';
import { digestsOf, manifestOf } from './support/wheels/results.ts';

/** Generous: the machine may be busy. */
const TIMEOUT = 15 * 60_000;
const RUN = ['run', 'variant-noavx512:compile-sample'];
const tools = pythonTools();
const withUv = requires(tools.reason, tools.available);

const made = clones();
let clone: Clone;
afterAll(() => made.remove(), TIMEOUT);

interface Built {
  key: string;
  packages: Record<string, string>;
  wheel: Record<string, string>;
}

/**
 * Compiles the sample in a workspace of its own and with nothing in Nx's cache: the environment is made anew. Objects
 * come from the compiler cache of all tests, by compiler, flags and source.
 */
async function buildWith(name: string, env: Record<string, string>): Promise<Built> {
  rmSync(join(clone.root, 'dist'), { recursive: true, force: true });
  const workspace = await made.folder(name);
  const objects = join(SHARED_WORKSPACE, 'ccache');
  mkdirSync(objects, { recursive: true });
  symlinkSync(objects, join(workspace, 'ccache'));
  const machine = { ...(await made.newMachine()), VLLM_CPU_WORKSPACE: workspace };
  const { exitCode, output } = await clone.nx(RUN, { ...env, ...machine });
  if (exitCode !== 0) throw new Error(output);
  const manifest = manifestOf(clone.root, 'noavx512') as unknown as {
    key: string;
    builtAgainst: { packages: Record<string, string> };
  };
  return {
    key: manifest.key,
    packages: manifest.builtAgainst.packages,
    wheel: await digestsOf(clone.root, 'compile', ['noavx512']),
  };
}

/** A uv for which the index is as it was on `day`, first on PATH. */
async function uvAsOf(day: string): Promise<Record<string, string>> {
  const folder = await made.folder(`uv-${day}`);
  const uv = tools.program('uv');
  const asked = `exec ${uv} "$@" --exclude-newer ${day}T00:00:00Z`;
  const script = `#!/bin/sh\nif [ "$1" = pip ]; then ${asked}; fi\nexec ${uv} "$@"\n`;
  writeFileSync(join(folder, 'uv'), script, { mode: 0o755 });
  return { PATH: `${folder}:${process.env['PATH']}` };
}

/** What is newest for upstream's requirements: what an install without a lock takes. */
async function unlocked(argv: readonly string[], env: Record<string, string>): Promise<string> {
  const requirements = ['cmake>=3.26.1', 'ninja', 'setuptools>=77.0.3,<81'];
  const folder = await made.folder('unlocked');
  const list = join(folder, 'requirements.txt');
  writeFileSync(list, `${requirements.join('\n')}\n`);
  const [program = '', ...words] = [...argv, list];
  const { stdout } = await createRunner().run({ argv: [program, ...words], env });
  return stdout;
}

const inherited = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );

describe('a build does not depend on the day', () => {
  let first: Built;
  beforeAll(async () => {
    clone = await made.make();
    if (tools.available) first = await buildWith('first', await uvAsOf('2026-01-20'));
  }, TIMEOUT);

  withUv(
    'a month later, with newer tools on the index, it has the same key and the same bytes',
    async () => {
      const compile = ['pip', 'compile', '--no-header', '--quiet'];
      const newest = await Promise.all(
        ['2026-01-20', '2026-02-20'].map(async (day) => {
          const env = { ...inherited(), ...(await uvAsOf(day)) };
          return unlocked([tools.program('uv'), ...compile, '--exclude-newer', day], env);
        }),
      );
      expect(newest[0]).not.toBe(newest[1]);
      expect(await buildWith('later', await uvAsOf('2026-02-20'))).toEqual(first);
    },
    TIMEOUT,
  );

  withUv(
    'an index with poisoned newer cmake, setuptools and ninja beside the real ones changes nothing, nor does pip in place of uv',
    async () => {
      const poison = await made.folder('poison');
      for (const [project, version] of [
        ['cmake', '99.0'],
        ['ninja', '99.0'],
        ['setuptools', '80.99'],
      ] as const) {
        await makePureWheel(poison, { project, version });
      }
      const links = [process.env['PIP_FIND_LINKS'], poison].filter(Boolean).join(' ');
      const pip = ['install', '--dry-run', '--ignore-installed', '--no-deps', '-r'];
      const taken = await unlocked([tools.program('python'), '-m', 'pip', ...pip], {
        ...inherited(),
        PIP_FIND_LINKS: links,
      });
      expect(taken).toMatch(/cmake-99\.0 ninja-99\.0 setuptools-80\.99/);
      const PATH = process.env['PATH'] ?? '';
      expect(await buildWith('poisoned', { PIP_FIND_LINKS: links, PATH })).toEqual(first);
    },
    TIMEOUT,
  );
});
