import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { proxiedFetch } from './proxied-fetch.ts';
import { createRunner } from './run.ts';

const listen = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

describe('fetch on a machine behind a proxy', () => {
  const index = createServer((request, response) =>
    response.end(`index of ${request.headers.host}`),
  );
  const proxy = createServer();
  let asked: string[] = [];
  let [indexUrl, proxyUrl] = ['', ''];
  beforeAll(async () => {
    [indexUrl, proxyUrl] = await Promise.all([listen(index), listen(proxy)]);
    // A company's proxy reaches hosts that this machine cannot even resolve.
    proxy.on('connect', (request, socket: Socket) => {
      asked.push(request.url ?? '');
      const port = Number(new URL(indexUrl).port);
      const onward = connect(port, '127.0.0.1', () => {
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

  // In a process of its own: jest's fetch is not the one that a user's Node has.
  it('sends a body with its length where no proxy is set', async () => {
    const module = pathToFileURL(join(import.meta.dirname, 'proxied-fetch.ts')).href;
    const code = `
      const { proxiedFetch } = await import(${JSON.stringify(module)});
      const headers = { 'content-length': '5' };
      const answer = await proxiedFetch({})(process.argv[1], { method: 'POST', body: 'wheel', headers });
      console.log(answer.status);`;
    const { stdout } = await createRunner().run({
      argv: [
        process.execPath,
        ...['--import', '@swc-node/register/esm-register', '--input-type=module', '-e', code],
        indexUrl,
      ],
      env: { PATH: process.env['PATH'] ?? '' },
    });
    expect(stdout).toBe('200\n');
  });
});
