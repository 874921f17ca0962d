import { copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHttpClient } from '@vllm-cpu/index/http-client';
import { createSimpleClient } from '@vllm-cpu/index/index-reader';
import { DEFAULT_RETRIES } from '@vllm-cpu/system/retry';
import { sha256 } from '@vllm-cpu/system/digest';
import { commitFiles } from '@vllm-cpu/testing/git-fixture';
import { startIndexServer } from '@vllm-cpu/testing/server';
import type { IndexServer } from '@vllm-cpu/testing/server';
import { sdistEntries, writeSdist } from '@vllm-cpu/testing/sdist-fixture';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { ensureSdist } from './sdist.ts';

describe("a release's source distribution", () => {
  const folder = temporaryFolders();
  const file = 'vllm-1.0.tar.gz';
  let root: string;
  let index: IndexServer;
  let original: string;
  let pin: { file: string; sha256: string };
  beforeEach(async () => {
    root = folder();
    index = await startIndexServer();
    mkdirSync(join(root, 'made'));
    original = join(root, 'made', file);
    writeSdist(original, sdistEntries('vllm-1.0', { 'setup.py': 'setup\n' }));
    pin = { file, sha256: sha256(readFileSync(original)) };
  });
  afterEach(() => index.close());

  const list = (content = readFileSync(original), digest = sha256(content)) => {
    index.stored.files.set(file, {
      ...{ project: 'vllm', version: '1.0', fileName: file, content, sha256: digest },
      ...{ requiresPython: '>=3.9', uploadTime: new Date('2026-01-01T00:00:00Z') },
    });
  };
  const ensure = (setting?: string, wanted: Parameters<typeof ensureSdist>[0] = pin) =>
    ensureSdist(wanted, {
      setting,
      store: join(root, 'store'),
      openIndex: async () =>
        createSimpleClient(
          index.simpleUrl,
          createHttpClient({ retries: { ...DEFAULT_RETRIES, attempts: 1 } }),
        ),
      report: () => undefined,
    });

  it('is downloaded once from the index, and kept', async () => {
    list();
    const path = await ensure();
    expect(path).toBe(join(root, 'store', file));
    expect(sha256(readFileSync(path))).toBe(pin.sha256);
    const asked = index.requests.length;
    expect(await ensure()).toBe(path);
    expect(index.requests).toHaveLength(asked);
  });

  it('is downloaded again where the kept one was changed', async () => {
    list();
    const path = await ensure();
    writeFileSync(path, 'something else');
    expect(sha256(readFileSync(await ensure()))).toBe(pin.sha256);
  });

  it('is taken from VLLM_CPU_UPSTREAM, a file or a folder of them, without asking the index', async () => {
    expect(await ensure(original)).toBe(original);
    expect(await ensure(join(root, 'made'))).toBe(original);
    expect(index.requests).toEqual([]);
  });

  it('is downloaded where VLLM_CPU_UPSTREAM is a repository: its commits prove nothing here', async () => {
    list();
    await commitFiles(join(root, 'clone'), { 'setup.py': 'setup\n' }, 'v1.0');
    expect(await ensure(join(root, 'clone'))).toBe(join(root, 'store', file));
    expect(await ensure('https://git.example.org/vllm.git')).toBe(join(root, 'store', file));
  });

  it('with other bytes than the pinned ones is refused, wherever it came from', async () => {
    list(Buffer.from('another archive'));
    await expect(ensure()).rejects.toMatchObject({ code: 'SDIST_DIGEST' });
    writeSdist(original, sdistEntries('vllm-1.0', { 'setup.py': 'other\n' }));
    await expect(ensure(original)).rejects.toMatchObject({
      code: 'SDIST_DIGEST',
      message: expect.stringContaining(pin.sha256),
    });
  });

  it('that is not pinned yet must have the digest that the index lists', async () => {
    list(Buffer.from('damaged on its way'), pin.sha256);
    await expect(ensure(undefined, { file, sha256: undefined })).rejects.toMatchObject({
      code: 'SDIST_DIGEST',
    });
    list();
    expect(await ensure(undefined, { file, sha256: undefined })).toBe(join(root, 'store', file));
  });

  it('that was cut off is told from one with other content', async () => {
    copyFileSync(original, join(root, file));
    truncateSync(join(root, file), 100);
    await expect(ensure(join(root, file))).rejects.toMatchObject({ code: 'SDIST_TRUNCATED' });
  });

  it('that is nowhere is named, with the place where it was looked for', async () => {
    await expect(ensure()).rejects.toMatchObject({ code: 'SDIST_NOT_FOUND' });
    mkdirSync(join(root, 'empty'));
    for (const setting of [join(root, 'empty'), join(root, 'missing', file)]) {
      await expect(ensure(setting)).rejects.toMatchObject({
        code: 'SDIST_NOT_FOUND',
        what: expect.stringContaining(setting),
      });
    }
  });

  it('that the index does not serve is reported as the index’s error', async () => {
    index.faults.reads = [{ kind: 'status', status: 503 }];
    await expect(ensure()).rejects.toMatchObject({ code: 'INDEX_UNREACHABLE' });
  });
});
