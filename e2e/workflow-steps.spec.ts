import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { sha256File } from '@vllm-cpu/system/digest';
import { makePureWheel } from '@vllm-cpu/testing/pure-wheel';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { copyBundle } from './support/cache/known-sources.ts';
import { runScript, serve } from './support/workflows/script.ts';
import type { Answer, Server } from './support/workflows/script.ts';

/** Generous: the machine may be busy. */
jest.setTimeout(60_000);

const ROOT = join(import.meta.dirname, '..');
const folder = temporaryFolders();

/** Steps work in the repository that they are in: a copy of it, with the installed packages. */
function copyOfRepository(): string {
  const clone = folder();
  for (const name of ['packages', 'tools', 'libs', 'tsconfig.workspace.json']) {
    cpSync(join(ROOT, name), join(clone, name), { recursive: true });
  }
  mkdirSync(join(clone, 'node_modules'));
  for (const name of readdirSync(join(ROOT, 'node_modules')).filter((each) => each !== '.cache')) {
    symlinkSync(join(ROOT, 'node_modules', name), join(clone, 'node_modules', name));
  }
  copyBundle(ROOT, clone);
  return clone;
}
const open: Server[] = [];
afterEach(() => open.splice(0).forEach((server) => server.close()));
const serving = async (answer: Answer) => {
  const server = await serve(answer);
  open.push(server);
  return server;
};

describe('notify', () => {
  const report = () => {
    const file = join(folder(), 'report.json');
    writeFileSync(file, JSON.stringify({ schemaVersion: 1, result: 'success' }));
    return file;
  };
  const notify = (url: string, more: Record<string, string> = {}) =>
    runScript('notify', { RELEASE_WEBHOOK_URL: url, REPORT: report(), WAIT_MS: '1', ...more });

  it('posts the report as one JSON message, and shows no part of the address', async () => {
    const { url, asked } = await serving((_request, response) => response.writeHead(204).end());
    const { status, output } = await notify(`${url}/hooks/secret-part`);
    expect({ status, output }).toEqual({ status: 0, output: 'notified (try 1)\n' });
    const body = '{"schemaVersion":1,"result":"success"}';
    expect(asked).toEqual([{ line: 'POST /hooks/secret-part', body }]);
  });

  it('tries again where a server is busy, and says so', async () => {
    const statuses = [500, 429, 200];
    const { url, asked } = await serving((_request, response) =>
      response.writeHead(statuses.shift() ?? 200).end(),
    );
    const { status, output } = await notify(url);
    expect(status).toBe(0);
    expect(asked).toHaveLength(3);
    expect(output).toContain('try 1: the webhook answered 500');
    expect(output).toContain('notified (try 3)');
  });

  it.each([
    ['refuses', 403, {}, 1, 'the webhook answered 403'],
    ['sends elsewhere', 302, { location: 'https://elsewhere.example/' }, 1, 'answered 302'],
    ['fails every time', 503, {}, 3, 'the webhook answered 503'],
  ])('fails nothing where the server %s', async (_what, code, headers, tries, said) => {
    const { url, asked } = await serving((_request, response) =>
      response.writeHead(code, headers).end(),
    );
    const { status, output } = await notify(`${url}/secret-part`);
    expect(status).toBe(0);
    expect(asked).toHaveLength(tries);
    expect(output).toMatch(/warning: the release was not notified: /);
    expect(output).toContain(said);
    expect(output).not.toContain('secret-part');
    expect(output).not.toContain(url);
  });

  it('fails nothing where nobody answers or listens', async () => {
    const { url } = await serving(() => undefined);
    const silent = await notify(url, { TIMEOUT_MS: '50', TRIES: '2' });
    expect(silent).toMatchObject({
      status: 0,
      output: expect.stringContaining('no answer in time'),
    });
    const gone = await notify('http://127.0.0.1:1/secret-part', { TRIES: '1' });
    expect(gone).toMatchObject({ status: 0, output: expect.stringContaining('was not reached') });
    expect(gone.output).not.toContain('secret-part');
  });

  it('does nothing without an address, and nothing with one that is not https', async () => {
    expect(await notify('')).toMatchObject({
      status: 0,
      output: expect.stringMatching(/nobody is notified/),
    });
    const { status, output } = await notify('http://hooks.example/secret-part');
    expect(status).toBe(0);
    expect(output).toContain('the address is not an https URL');
    expect(output).not.toContain('secret-part');
  });
});

describe('remote-cache', () => {
  const TOKEN = { NX_SELF_HOSTED_REMOTE_CACHE_ACCESS_TOKEN: 'the-token' };
  const ask = (server: string, more: Record<string, string> = TOKEN) =>
    runScript('remote-cache', { NX_SELF_HOSTED_REMOTE_CACHE_SERVER: server, ...more });

  it('leaves a cache on that answers', async () => {
    const { url, asked } = await serving((_request, response) => response.writeHead(200).end('{}'));
    const done = await ask(`${url}/`);
    expect(done).toMatchObject({ status: 0, output: 'the remote cache answers\n' });
    expect(done.handed['ENV']).toBe('');
    expect(asked.map(({ line }) => line)).toEqual(['GET /health']);
  });

  it.each([
    ['is down', 'http://127.0.0.1:1', TOKEN],
    ['gave this job no token', 'http://127.0.0.1:1', {}],
  ])('switches a cache off that %s', async (_what, server, env) => {
    const done = await ask(server, env);
    expect(done.status).toBe(0);
    expect(done.handed['ENV']).toMatch(/^NX_SKIP_REMOTE_CACHE<<(\S+)\ntrue\n\1\n$/);
    expect(done.output).not.toContain('the-token');
  });
});

describe('attest', () => {
  let clone: string;
  /** A repository with two proven wheels, and a signer that says what it was asked. */
  const prepared = (signer: string) => {
    clone = copyOfRepository();
    mkdirSync(join(clone, 'dist/ci/proven'), { recursive: true });
    for (const name of ['a', 'b']) writeFileSync(join(clone, `dist/ci/proven/${name}.whl`), name);
    const program = join(clone, 'pypi-attestations');
    writeFileSync(program, `#!/bin/sh\n${signer}\n`);
    chmodSync(program, 0o755);
  };
  const attest = (more: Record<string, string> = {}) =>
    runScript('attest', { PATH: `${clone}:${process.env['PATH']}`, ...more }, clone);
  const signed = () =>
    ['a', 'b'].filter((name) =>
      existsSync(join(clone, `dist/ci/proven/${name}.whl.publish.attestation`)),
    );
  const GOOD =
    '[ "$1" = sign ] && shift && for w in "$@"; do echo {} > "$w.publish.attestation"; done; exit 0';

  it('signs every wheel for PyPI, and none for an index that takes no attestation', async () => {
    prepared(GOOD);
    const elsewhere = await attest({ VLLM_CPU_INDEX: 'http://127.0.0.1:1/legacy/' });
    expect(elsewhere).toMatchObject({
      status: 0,
      output: expect.stringMatching(/nothing is signed/),
    });
    expect(signed()).toEqual([]);
    expect(await attest()).toMatchObject({
      status: 0,
      output: expect.stringMatching(/2 wheels have an attestation/),
    });
    expect(signed()).toEqual(['a', 'b']);
  });

  it('fails where a wheel is left unsigned, before anything is published', async () => {
    prepared('[ "$1" = sign ] && echo {} > "$2.publish.attestation"; exit 0');
    const { status, output } = await attest({ VLLM_CPU_INDEX: 'testpypi' });
    expect(status).toBe(1);
    expect(output).toContain('not signed (exit status 0): b.whl');
  });
});

describe('publish, where one of two versions cannot be published', () => {
  it('publishes the other one, and hands on which that is', async () => {
    const clone = copyOfRepository();
    const proven = join(clone, 'dist/ci/proven');
    mkdirSync(proven, { recursive: true });
    const wheel = { project: 'vllm-cpu', version: '0.12.0', torch: '2.9.1' };
    const good = await makePureWheel(proven, wheel);
    const report = {
      ...{ schemaVersion: 1, file: basename(good), sha256: await sha256File(good), ok: true },
      ...{ variant: 'noavx512', release: '0.12.0' },
      checks: [{ name: 'instruction-sets', status: 'passed' }],
    };
    writeFileSync(good.replace(/\.whl$/, '.report.json'), JSON.stringify(report));
    const bad = join(proven, 'vllm_cpu-0.11.2-py3-none-any');
    writeFileSync(`${bad}.whl`, 'not a wheel');
    writeFileSync(`${bad}.report.json`, '{}');
    const index = folder();
    const env = { VLLM_CPU_INDEX: `file:${index}`, VLLM_CPU_PYTHON: '' };
    const { status, output, outputs } = await runScript('publish', env, clone);
    expect(output).toContain('not published, or only partly: 0.11.2');
    expect(status).toBe(1);
    expect(outputs['versions']).toBe('0.12.0');
    expect(output).toContain(`${basename(good)}: uploaded`);
    expect(existsSync(join(index, 'simple/vllm-cpu'))).toBe(true);
  });
});

describe('start-ci-run and publisher-tools', () => {
  it('do without Nx Cloud where there is no token, and with the twine that is here', async () => {
    expect(await runScript('start-ci-run')).toMatchObject({
      status: 0,
      output: expect.stringMatching(/^no Nx Cloud/),
    });
    const bin = folder();
    writeFileSync(join(bin, 'twine'), '#!/bin/sh\necho twine version 7\n');
    chmodSync(join(bin, 'twine'), 0o755);
    const env = { USE_INSTALLED: 'true', PATH: `${bin}:${process.env['PATH']}` };
    expect(await runScript('publisher-tools', env)).toMatchObject({
      status: 0,
      output: 'twine is here\n',
    });
  });
});
