import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { requires } from '@vllm-cpu/testing/requires';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { withLock } from './file-lock.ts';
import { writeAtomically } from './files.ts';
import { makeFolder, refuseUnwritable } from './writable-folder.ts';

describe('a folder', () => {
  const folder = temporaryFolders();

  it('that could not be made is refused beforehand, and nothing is made', async () => {
    const root = folder();
    const output = join(root, 'dist/variant/compile');
    await refuseUnwritable(output);
    expect(existsSync(join(root, 'dist'))).toBe(false);
    writeFileSync(join(root, 'dist'), 'in the way');
    await expect(refuseUnwritable(output)).rejects.toMatchObject({
      code: 'FOLDER_NOT_WRITABLE',
      what: expect.stringContaining(output),
      why: expect.stringContaining(join(root, 'dist')),
    });
  });

  it('is made with those above it, also by two at once', async () => {
    const deep = join(folder(), 'a/b/c');
    await Promise.all([makeFolder(deep), makeFolder(deep)]);
    expect(statSync(deep).isDirectory()).toBe(true);
    await makeFolder(deep);
  });

  requires('root, whom the permissions of /proc do not stop', process.getuid?.() === 0)(
    'in /proc is refused, where the mkdir of Node never ends',
    async () => {
      const refused = { code: 'FOLDER_NOT_WRITABLE', what: 'cannot create the folder /proc/x' };
      await expect(makeFolder('/proc/x/y', 'Use another.')).rejects.toMatchObject({
        ...refused,
        next: 'Use another.',
      });
      await expect(withLock('/proc/x', async () => 1)).rejects.toMatchObject(refused);
      await expect(writeAtomically('/proc/x/y', '')).rejects.toMatchObject(refused);
    },
  );
});
