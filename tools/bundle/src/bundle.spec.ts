import { cpSync, mkdtempSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { mkdirSync, readdirSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createRunner } from '@vllm-cpu/system/run';

const REPOSITORY = join(import.meta.dirname, '../../..');
const ENTRY = 'tools/executors/src/plugin.ts';
const LIBRARY = 'libs/noun/src/noun.ts';

const base = realpathSync(mkdtempSync(join(tmpdir(), 'vllm-cpu-bundle-spec-')));
let root = '';
let made = 0;

/** A workspace with one entry that imports a library by its name. */
beforeEach(() => {
  root = join(base, String(made++));
  cpSync(join(REPOSITORY, 'tools/bundle'), join(root, 'tools/bundle'), { recursive: true });
  write('libs/noun/package.json', '{"name":"@noun/noun","exports":{"./noun":"./src/noun.ts"}}');
  write(LIBRARY, "export const noun: string = 'first';\n");
  write(
    ENTRY,
    "export { noun } from '@noun/noun/noun';\nexport const here: string = import.meta.dirname;\n",
  );
  for (const folder of ['executors/src/executors', 'workspace/src', 'ci/src', 'cache-server/src']) {
    mkdirSync(join(root, 'tools', folder), { recursive: true });
  }
  mkdirSync(join(root, 'node_modules/@noun'), { recursive: true });
  symlinkSync('../../libs/noun', join(root, 'node_modules/@noun/noun'));
  for (const name of ['esbuild', '@esbuild']) {
    symlinkSync(join(REPOSITORY, 'node_modules', name), join(root, 'node_modules', name));
  }
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** What a new process gets from the entry. */
async function loaded(): Promise<{ noun: string; here: string }> {
  const code = `
    const { load } = await import('${root}/tools/bundle/src/load.mjs');
    console.log(JSON.stringify(await load('${ENTRY}')));
  `;
  const { stdout } = await createRunner().run({
    argv: [process.execPath, '--input-type=module', '-e', code],
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '', HOME: base, TMPDIR: base },
  });
  return JSON.parse(stdout) as { noun: string; here: string };
}

const bundles = () =>
  readdirSync(join(root, 'node_modules/.cache/vllm-cpu-bundle')).filter((name) =>
    name.startsWith('bundle-'),
  );

describe('a module of the bundle', () => {
  it('knows where its source lies', async () => {
    expect(await loaded()).toEqual({ noun: 'first', here: join(root, 'tools/executors/src') });
  });

  it('is made once while no source changes, a touched one neither', async () => {
    await loaded();
    await loaded();
    const now = new Date();
    utimesSync(join(root, LIBRARY), now, now);
    expect((await loaded()).noun).toBe('first');
    expect(bundles()).toHaveLength(1);
  });

  it('is never of an older source, even of one that has the same size and time', async () => {
    await loaded();
    const { atime, mtime } = statSync(join(root, LIBRARY));
    write(LIBRARY, "export const noun: string = 'other';\n");
    utimesSync(join(root, LIBRARY), atime, mtime);
    expect((await loaded()).noun).toBe('other');
  });

  it('follows the exports of a library', async () => {
    await loaded();
    write('libs/noun/src/renamed.ts', "export const noun: string = 'renamed';\n");
    write(
      'libs/noun/package.json',
      '{"name":"@noun/noun","exports":{"./noun":"./src/renamed.ts"}}',
    );
    expect((await loaded()).noun).toBe('renamed');
  });

  it('is made anew where its files were removed', async () => {
    await loaded();
    const [bundle = ''] = bundles();
    rmSync(join(root, 'node_modules/.cache/vllm-cpu-bundle', bundle), { recursive: true });
    expect((await loaded()).noun).toBe('first');
  });

  it('is made for this process where the repository cannot be written to', async () => {
    writeFileSync(join(root, 'node_modules/.cache'), 'no folder');
    expect((await loaded()).noun).toBe('first');
    expect(readdirSync(base).filter((name) => name.startsWith('vllm-cpu-bundle-'))).toEqual([]);
  });
});
