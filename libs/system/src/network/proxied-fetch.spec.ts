import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { requires } from '@vllm-cpu/testing/requires';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { TYPESCRIPT } from '@vllm-cpu/testing/typescript';
import { proxiedFetch } from './proxied-fetch.ts';
import { createRunner } from '../process/run.ts';

const listen = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

describe('fetch on a machine behind a proxy', () => {
  const folder = temporaryFolders();
  const index = createServer((request, response) =>
    response.end(`index of ${request.headers.host}`),
  );
  const proxy = createServer();
  let asked: string[] = [];
  let [indexUrl, proxyUrl] = ['', ''];
  let behindProxy = 0;
  beforeAll(async () => {
    [indexUrl, proxyUrl] = await Promise.all([listen(index), listen(proxy)]);
    behindProxy = Number(new URL(indexUrl).port);
    // A company's proxy reaches hosts that this machine cannot even resolve.
    proxy.on('connect', (request, socket: Socket) => {
      asked.push(request.url ?? '');
      const onward = connect(behindProxy, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        onward.pipe(socket).pipe(onward);
      });
      socket.on('error', () => onward.destroy());
    });
  });
  afterAll(() => {
    for (const server of [index, proxy]) {
      server.closeAllConnections();
      server.close();
    }
  });
  beforeEach(() => {
    asked = [];
  });
  const text = async (env: Record<string, string>, url: string) =>
    (await proxiedFetch(env)(url)).text();

  it('goes through the proxy, in either spelling of the variable', async () => {
    for (const name of ['http_proxy', 'HTTP_PROXY']) {
      expect(await text({ [name]: proxyUrl }, 'http://index.invalid/simple/')).toBe(
        'index of index.invalid',
      );
    }
    expect(asked).toEqual(['index.invalid:80', 'index.invalid:80']);
  });

  it('goes straight to this machine and to hosts of no_proxy', async () => {
    expect(await text({ http_proxy: proxyUrl }, indexUrl)).toContain('index of 127.0.0.1');
    const env = { http_proxy: proxyUrl, no_proxy: 'index.invalid' };
    await expect(text(env, 'http://index.invalid/')).rejects.toThrow('fetch failed');
    expect(asked).toEqual([]);
  });

  const openssl = spawnSync('openssl', ['version']).status === 0;
  requires('openssl', openssl)('trusts the authorities that this machine names', async () => {
    const [key, cert] = ['key', 'cert'].map((name) => join(folder(), name)) as [string, string];
    const subject = ['-subj', '/CN=x', '-addext', 'subjectAltName=DNS:index.invalid,IP:127.0.0.1'];
    const files = ['-nodes', '-keyout', key, '-out', cert];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...subject, ...files], {
      stdio: 'pipe',
    });
    const secure = createSecureServer(
      { key: readFileSync(key), cert: readFileSync(cert) },
      (request, response) => response.end(`secure ${request.headers.host}`),
    );
    const url = (await listen(secure)).replace('http:', 'https:');
    behindProxy = Number(new URL(url).port);
    try {
      const proxied = { https_proxy: proxyUrl };
      for (const name of ['SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'PIP_CERT']) {
        expect(await text({ [name]: cert }, url)).toContain('secure 127.0.0.1');
        expect(await text({ [name]: cert, ...proxied }, 'https://index.invalid/')).toBe(
          'secure index.invalid',
        );
      }
      for (const env of [{}, proxied, { SSL_CERT_FILE: '/nonexistent', PIP_CERT: '/' }]) {
        await expect(text(env, url)).rejects.toThrow('fetch failed');
      }
    } finally {
      secure.closeAllConnections();
      secure.close();
      behindProxy = Number(new URL(indexUrl).port);
    }
  });

  // In a process of its own: jest's fetch is not the one that a user's Node has.
  it('sends a body with its length where no proxy is set', async () => {
    const module = pathToFileURL(join(import.meta.dirname, 'proxied-fetch.ts')).href;
    const code = `
      const { proxiedFetch } = await import(${JSON.stringify(module)});
      const headers = { 'content-length': '5' };
      const answer = await proxiedFetch({})(process.argv[1], { method: 'POST', body: 'wheel', headers });
      console.log(answer.status);`;
    const { stdout } = await createRunner().run({
      argv: [process.execPath, ...TYPESCRIPT, ...['--input-type=module', '-e', code], indexUrl],
      env: { PATH: process.env['PATH'] ?? '' },
    });
    expect(stdout).toBe('200\n');
  });
});
