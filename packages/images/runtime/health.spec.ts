import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it } from '@jest/globals';
import { requires } from '@vllm-cpu/testing/requires';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { layImage, startImage } from './test/laid-image.ts';
import type { LaidImage, Running } from './test/laid-image.ts';

const folder = temporaryFolders();
const servers: Server[] = [];
const containers: Running[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  for (const container of containers.splice(0)) {
    container.stop('SIGTERM');
    await container.ended;
  }
});

const LONG = 60_000;
const HAS_IPV6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);
const healthy: RequestListener = (request, response) => {
  response.statusCode = request.url === '/health' ? 200 : 404;
  response.end();
};

async function listen(answer: RequestListener, where: object): Promise<Server> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((done, fail) => server.on('error', fail).listen(where, done));
  return server;
}

async function listenAt(answer: RequestListener, host = '127.0.0.1'): Promise<string> {
  const server = await listen(answer, { port: 0, host });
  return String((server.address() as AddressInfo).port);
}

/** What the health check says beside a container with these arguments, whose vLLM only waits. */
async function check(args: (image: LaidImage) => string[]) {
  const image = layImage(folder(), 'teller');
  writeFileSync(join(image.root, 'bin/vllm'), '#!/bin/sh\necho waiting\nexec sleep 600\n');
  const container = await startImage(image, args(image), {}, false);
  containers.push(container);
  await container.says(/waiting/);
  return ask(image);
}

function ask(image: LaidImage): Promise<{ code: number; text: string }> {
  return new Promise((done) => {
    execFile(image.entrypoint, ['--healthcheck'], { env: image.env }, (error, stdout, stderr) => {
      done({ code: typeof error?.code === 'number' ? error.code : 0, text: stdout + stderr });
    });
  });
}

describe('the health check', () => {
  it(
    'asks the port that the server was started with',
    async () => {
      const port = await listenAt(healthy);
      expect(await check(() => ['org/m', '--port', port])).toEqual({
        code: 0,
        text: `healthy: HTTP 200 from http://127.0.0.1:${port}\n`,
      });
      expect(await check(() => ['org/m', `--port=${port}`, '--host=0.0.0.0'])).toMatchObject({
        code: 0,
      });
    },
    LONG,
  );

  it(
    'reads port and host from the file of --config',
    async () => {
      const port = await listenAt(healthy, '127.0.0.2');
      const found = await check((image) => {
        const file = join(image.root, 'serve.yaml');
        writeFileSync(file, `model: org/m\n# port: 1\nport: ${port} # ours\nhost: "127.0.0.2"\n`);
        return ['--config', file];
      });
      expect(found).toEqual({ code: 0, text: `healthy: HTTP 200 from http://127.0.0.2:${port}\n` });
    },
    LONG,
  );

  requires('IPv6 on the loopback interface', HAS_IPV6)(
    'asks over IPv6 a server that listens there',
    async () => {
      const port = await listenAt(healthy, '::1');
      const args = ['org/m', '--host', '::', '--port', port];
      expect(await check(() => args)).toMatchObject({ code: 0 });
    },
    LONG,
  );

  it(
    'asks through a UNIX socket',
    async () => {
      const path = join(folder(), 'socket');
      await listen(healthy, { path });
      expect(await check(() => ['org/m', '--uds', path])).toEqual({
        code: 0,
        text: `healthy: HTTP 200 from unix:${path}\n`,
      });
    },
    LONG,
  );

  requires('openssl', spawnSync('openssl', ['version']).status === 0)(
    'asks over TLS where the server has a certificate, whoever it is for',
    async () => {
      const [key, cert] = ['key', 'cert'].map((name) => join(folder(), name)) as [string, string];
      const wanted = ['-nodes', '-subj', '/CN=example', '-keyout', key, '-out', cert];
      execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...wanted], {
        stdio: 'pipe',
      });
      const options = { key: readFileSync(key), cert: readFileSync(cert) };
      const server = createSecureServer(options, healthy);
      servers.push(server);
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      const port = String((server.address() as AddressInfo).port);
      expect(await check(() => ['org/m', '--port', port, '--ssl-certfile', cert])).toEqual({
        code: 0,
        text: `healthy: HTTP 200 from https://127.0.0.1:${port}\n`,
      });
    },
    LONG,
  );

  it(
    'fails with the reason: another answer, no answer, nobody there, no server at all',
    async () => {
      const ill = await listenAt((_, response) => response.writeHead(503).end());
      expect(await check(() => ['org/m', '--port', ill])).toMatchObject({
        code: 1,
        text: expect.stringContaining('unhealthy: HTTP 503'),
      });
      const silent = await listenAt(() => undefined);
      expect(await check(() => ['org/m', '--port', silent])).toMatchObject({
        code: 1,
        text: expect.stringContaining('no answer within 4 s'),
      });
      expect(await check(() => ['org/m', '--port', '1'])).toMatchObject({
        code: 1,
        text: expect.stringContaining('refused'),
      });
      expect(await ask(layImage(folder(), 'teller'))).toMatchObject({
        code: 1,
        text: expect.stringContaining('no server was started'),
      });
    },
    LONG,
  );
});
