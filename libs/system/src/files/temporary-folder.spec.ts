import { existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { withTemporaryFolder } from './temporary-folder.ts';

describe('a temporary folder', () => {
  const folder = temporaryFolders();

  it('is gone with all that is in it when the action has ended, well or not', async () => {
    const places: string[] = [];
    const use = async (place: string): Promise<string> => {
      places.push(place);
      writeFileSync(join(place, 'file'), '');
      return 'done';
    };
    expect(await withTemporaryFolder('spec-', use)).toBe('done');
    const failing = withTemporaryFolder('spec-', async (place) => {
      await use(place);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(places.map(dirname)).toEqual([tmpdir(), tmpdir()]);
    expect(new Set(places).size).toBe(2);
    expect(places.some(existsSync)).toBe(false);
  });

  it('may be below a folder that is not there yet', async () => {
    const prefix = join(folder(), 'tasks/build-');
    await withTemporaryFolder(prefix, async (place) => expect(place.startsWith(prefix)).toBe(true));
  });
});
