import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { scratchFolder } from '@vllm-cpu/testing/temporary-folder';
import { relock } from './relock.ts';

describe('relock', () => {
  it('refuses a release that is not pinned before it looks for a resolver', async () => {
    const folder = await scratchFolder('relock');
    const sample = join(import.meta.dirname, '../../../../packages/upstream/releases/sample.json');
    try {
      writeFileSync(join(folder.path, 'sample.json'), readFileSync(sample));
      let asked = 0;
      const relocking = relock({
        names: ['sample', '9.9.9'],
        releasesDir: folder.path,
        resolver: () => Promise.reject(new Error(`asked ${(asked += 1)}`)),
        withFiles: () => Promise.reject(new Error('nothing is read')),
      });
      await expect(relocking).rejects.toMatchObject({ code: 'RELEASE_UNKNOWN' });
      expect(asked).toBe(0);
    } finally {
      await folder.remove();
    }
  });
});
