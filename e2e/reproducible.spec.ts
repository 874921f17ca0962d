import { chmodSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { clones } from './support/clone.ts';
import type { Clone } from './support/clone.ts';
import { sharedInterpreter } from './support/interpreter.ts';
import { digestsOf } from './support/wheels/results.ts';

/** Generous: the machine may be busy. */
const TIMEOUT = 15 * 60_000;
const TWO = ['noavx512', 'amxbf16'] as const;
const RUN = ['run-many', '-t', 'build-sample', '-p', TWO.map((name) => `variant-${name}`).join()];

const made = clones();
let usual: Clone;

beforeAll(async () => {
  usual = await made.makeBuilt('usual');
  const { exitCode, output } = await usual.nx(RUN, { TZ: 'UTC' });
  if (exitCode !== 0) throw new Error(output);
}, TIMEOUT);
afterAll(() => made.remove(), TIMEOUT);

/** As a clone made under umask 077 has them. */
function restrict(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name === 'node_modules' || name === '.git') continue;
    const path = join(folder, name);
    const { mode } = statSync(path);
    if (statSync(path).isDirectory()) restrict(path);
    chmodSync(path, mode & 0o700);
  }
}

it(
  'makes the same bytes in another folder and workspace with blanks, under another umask, zone and language',
  async () => {
    const other = await made.make('a/much/longer päth');
    restrict(other.root);
    const { exitCode, output, ran } = await other.nx(
      RUN,
      {
        TZ: 'Pacific/Kiritimati',
        LANG: 'tr_TR.UTF-8',
        LC_ALL: 'tr_TR.UTF-8',
        VLLM_CPU_WORKSPACE: join(await made.folder('else where'), 'workspace'),
        VLLM_CPU_PYTHON: sharedInterpreter(),
      },
      ['sh', '-c', 'umask 077; exec "$0" "$@"'],
    );
    expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
    expect(ran).toHaveLength(4);
    for (const stage of ['compile', 'build'] as const) {
      expect(await digestsOf(other.root, stage, TWO)).toEqual(
        await digestsOf(usual.root, stage, TWO),
      );
    }
  },
  TIMEOUT,
);
