import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createRunner } from '@vllm-cpu/system/run';
import { closeServer, startIndexServer } from '@vllm-cpu/testing/server';
import { pythonTools } from '@vllm-cpu/testing/python-tools';
import { requires } from '@vllm-cpu/testing/requires';
import { fakeRunner } from '@vllm-cpu/testing/tripwire';
import { createHttpClient } from './http-client.ts';
import { repositoryOf } from '../target/upload-repository.ts';
import { readingUrl } from './reading-url.ts';
import type { AddressInfo } from 'node:net';
import type { UploadRepository } from '../target/upload-repository.ts';
import type { ReadingContext } from './reading-url.ts';

const tools = pythonTools();
const withPip = requires(tools.reason, tools.available);
const runner = createRunner();
jest.setTimeout(180_000);
const named = (name: string | undefined, uploadUrl?: string): UploadRepository =>
  repositoryOf({ name, uploadUrl });

describe('the URL that is read', () => {
  let folder: string;
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'vllm-cpu-reading-'))));
  afterAll(() => rm(folder, { recursive: true }));
  const context = (given: Partial<ReadingContext> = {}): ReadingContext => ({
    runner,
    http: createHttpClient(),
    python: tools.program('python'),
    env: { PATH: process.env['PATH'], HOME: folder, PIP_CONFIG_FILE: '/dev/null' },
    ...given,
  });

  withPip('of pypi and testpypi is what pip has built in', async () => {
    const ask = async (name: string) => {
      const code = `from pip._internal.models.index import ${name}; print(${name}.simple_url)`;
      const argv = [tools.program('python'), '-c', code] as const;
      return `${(await runner.run({ argv, env: {} })).stdout.trim()}/`;
    };
    expect(await readingUrl(named('pypi'), context())).toBe(await ask('PyPI'));
    expect(await readingUrl(named('testpypi'), context())).toBe(await ask('TestPyPI'));
  });

  withPip('of pypi is the mirror that pip is configured with', async () => {
    const file = join(folder, 'pip.conf');
    await writeFile(file, '[global]\nindex-url = https://mirror.example.com/simple\n');
    const env = { ...context().env, PIP_CONFIG_FILE: file };
    const url = await readingUrl(named('pypi'), context({ env }));
    expect(url).toBe('https://mirror.example.com/simple/');
    const variable = { ...env, PIP_INDEX_URL: 'https://other.example.com/simple/' };
    expect(await readingUrl(named('pypi'), context({ env: variable }))).toBe(
      'https://other.example.com/simple/',
    );
  });

  withPip('is refused where pip reads an index of another host over plain http', async () => {
    const env = { ...context().env, PIP_INDEX_URL: 'http://mirror.example.com/simple' };
    await expect(readingUrl(named('pypi'), context({ env }))).rejects.toMatchObject({
      code: 'INDEX_INSECURE',
    });
  });

  it('is an error that names the remedy where there is no pip', async () => {
    const without = fakeRunner(() => ({ exitCode: 1, stderr: "No module named 'pip'" }));
    await expect(
      readingUrl(named('pypi'), context({ runner: without, python: 'python3' })),
    ).rejects.toMatchObject({ code: 'PIP_NOT_USABLE', next: expect.stringContaining('ensurepip') });
  });

  it('is the one that the user gave', async () => {
    const silent = fakeRunner(() => undefined);
    const given = context({ runner: silent, readUrl: 'https://read.example.com/simple' });
    expect(await readingUrl(named('pypi'), given)).toBe('https://read.example.com/simple/');
  });

  it('of an upload URL is found beside it', async () => {
    const index = await startIndexServer();
    try {
      expect(await readingUrl(named(undefined, index.uploadUrl), context())).toBe(index.simpleUrl);
    } finally {
      await index.close();
    }
  });

  it('is asked of the user where the server does not show it', async () => {
    const server = createServer((_request, response) => response.writeHead(404).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/upload/`;
    try {
      await expect(readingUrl(named(undefined, url), context())).rejects.toMatchObject({
        code: 'INDEX_READ_URL_UNKNOWN',
        next: expect.stringContaining('--read-url'),
      });
    } finally {
      await closeServer(server);
    }
  });
});
