import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { loadReleases } from '@vllm-cpu/sources/catalogue';
import { makePureWheel } from '@vllm-cpu/testing/pure-wheel';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { readPublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';
import { expectFrom } from './expected-release.ts';

const folder = temporaryFolders();

// A wheel is flushed to the disk, which takes seconds on a busy machine.
it('holds a wheel against the pin that its report names', async () => {
  const root = join(import.meta.dirname, '../../../..');
  const path = await makePureWheel(folder(), { project: 'vllm-cpu', version: '0.0.1' });
  const expectRelease = expectFrom(loadReleases(root));
  const wheel = await readPublishableWheel(path);
  expect(expectRelease('0.0.1', wheel)).toMatchObject({ name: 'sample', embedded: true });
  expect(expectRelease('9.9.9', wheel)).toBeUndefined();
  const onArm = { ...wheel, fileName: 'vllm_cpu-0.10.2-cp38-abi3-manylinux_2_28_aarch64.whl' };
  expect(expectRelease('0.10.2', onArm)).toMatchObject({ torch: '2.8.0', embedded: false });
}, 120_000);
