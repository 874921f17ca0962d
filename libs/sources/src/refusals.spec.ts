import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { loadRefusals } from './refusals.ts';

describe('the refusals of a repository', () => {
  const folder = temporaryFolders();

  it('are refused with a range that cannot be read, which would refuse nothing', () => {
    const root = folder();
    mkdirSync(join(root, 'packages/upstream'), { recursive: true });
    const refusal = {
      releases: '>=0.17 <0.18',
      reason: 'It is broken on some CPUs.',
      instead: '0.18.1',
    };
    const file = 'packages/upstream/refused.json';
    writeFileSync(join(root, file), JSON.stringify({ refused: [refusal] }));
    expect(() => loadRefusals(root)).toThrow(
      expect.objectContaining({
        what: `${file} is not valid`,
        why: expect.stringContaining('refused.0.releases: ">=0.17 <0.18" is not a specifier'),
      }),
    );
  });
});
