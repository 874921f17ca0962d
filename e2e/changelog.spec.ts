import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { git } from '@vllm-cpu/testing/git-fixture';
import { clones } from './support/clone.ts';
import type { Clone } from './support/clone.ts';
import { commitAll } from './support/history.ts';

/** Generous: the machine may be busy. */
const TIMEOUT = 10 * 60_000;

const made = clones();
let clone: Clone;

const append = (path: string) => writeFileSync(join(clone.root, path), '\n', { flag: 'a' });

/** `nx release` of a group, without asking and without writing. */
async function previewed(group: string, specifier: readonly string[]): Promise<string> {
  const words = ['release', ...specifier, `--groups=${group}`, '--dry-run', '--skip-publish'];
  const { exitCode, output } = await clone.nx(words);
  if (exitCode !== 0) throw new Error(output);
  return output;
}

beforeAll(async () => {
  clone = await made.make();
  await git.run(['-C', clone.root, 'tag', 'repository-0.1.0']);
  await git.run(['-C', clone.root, 'tag', 'cpu-detect-1.0.0']);
  append('libs/elf/src/elf.txt');
  await commitAll(clone, 'feat(elf): a change in a library');
  append('packages/cpu-detect/python/vllm_cpu_detect/errors.py');
  await commitAll(clone, 'fix(cpu-detect): a change in the detector');
}, TIMEOUT);
afterAll(() => made.remove(), TIMEOUT);

describe('nx release', () => {
  it(
    'of the repository adds every change since its tag to CHANGELOG.md, wherever it was made',
    async () => {
      const before = readFileSync(join(clone.root, 'CHANGELOG.md'), 'utf8');
      const output = await previewed('repository', ['minor']);
      expect(output).toContain('an entry in CHANGELOG.md for repository-0.2.0');
      expect(output).toContain('**elf:** a change in a library');
      expect(output).toContain('**cpu-detect:** a change in the detector');
      expect(readFileSync(join(clone.root, 'CHANGELOG.md'), 'utf8')).toBe(before);
    },
    TIMEOUT,
  );

  it(
    'of the detector takes version and changelog from its own commits',
    async () => {
      const output = await previewed('detector', []);
      expect(output).toContain('an entry in packages/cpu-detect/CHANGELOG.md for cpu-detect-1.0.1');
      expect(output).toContain('a change in the detector');
      expect(output).not.toContain('a change in a library');
    },
    TIMEOUT,
  );
});
