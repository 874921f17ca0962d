import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { commitFiles, git } from '@vllm-cpu/testing/git-fixture';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { hasBranch } from './git.ts';

describe('whether origin has a branch', () => {
  const folder = temporaryFolders();
  const before = process.env['GIT_DIR'];
  let origin: string;
  beforeEach(async () => {
    origin = join(folder(), 'origin');
    await commitFiles(origin, { 'a.txt': 'a' }, 'v1');
    const clone = join(folder(), 'clone');
    await git.run(['clone', '--quiet', origin, clone]);
    await git.run(['-C', origin, 'branch', 'pin/0.34.1']);
    // The steps work in the repository that they are in: git takes this one for it.
    process.env['GIT_DIR'] = join(clone, '.git');
  });
  afterEach(() => {
    if (before === undefined) delete process.env['GIT_DIR'];
    else process.env['GIT_DIR'] = before;
  });

  it('is asked of origin, by its whole name', async () => {
    expect(await hasBranch('pin/0.34.1')).toBe(true);
    expect(await hasBranch('0.34.1')).toBe(false);
    expect(await hasBranch('pin/0.34.2')).toBe(false);
  });

  it('is not "no" where origin cannot be asked, and git’s own reason is told', async () => {
    rmSync(origin, { recursive: true });
    await expect(hasBranch('pin/0.34.1')).rejects.toMatchObject({
      code: 'GIT_FAILED',
      why: expect.stringContaining('does not appear to be a git repository'),
    });
  });
});
