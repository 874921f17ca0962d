import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createRunner } from '@vllm-cpu/system/run';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { copyRepository } from './repository-copy.ts';

describe('the repository in a container', () => {
  const folder = temporaryFolders();
  const env = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent' };
  const runner = createRunner();

  it('has what is changed or new, and nothing that is ignored or deleted', async () => {
    const root = folder();
    const write = (name: string, text: string) => writeFileSync(join(root, name), text);
    await runner.run({ argv: ['git', 'init', '-q'], cwd: root, env });
    for (const name of ['kept', 'changed', 'deleted']) write(name, 'old');
    write('.gitignore', '.env\n');
    await runner.run({ argv: ['git', 'add', '.'], cwd: root, env });
    write('changed', 'new');
    write('new', 'new');
    write('.env', 'TOKEN=secret');
    rmSync(join(root, 'deleted'));
    const to = join(folder(), 'context');
    await copyRepository(root, to, runner, env);
    const read = (name: string) => readFileSync(join(to, name), 'utf8');
    expect([read('kept'), read('changed'), read('new')]).toEqual(['old', 'new', 'new']);
    for (const name of ['.env', 'deleted', '.git']) expect(existsSync(join(to, name))).toBe(false);
  });

  it('has to be known to git', async () => {
    const refused = copyRepository(folder(), folder(), runner, env);
    await expect(refused).rejects.toMatchObject({ code: 'REPOSITORY_NOT_COPIED' });
  });
});
