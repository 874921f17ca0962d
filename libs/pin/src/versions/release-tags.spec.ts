import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { git } from '@vllm-cpu/testing/git-fixture';
import { listTags } from './release-tags.ts';

describe('listing the tags of a repository', () => {
  it('gives up on a server that takes the connection and says nothing', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => sockets.push(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/vllm.git`;
    try {
      await expect(listTags(git, url, 1)).rejects.toMatchObject({ code: 'UPSTREAM_UNREACHABLE' });
    } finally {
      sockets.forEach((socket) => socket.destroy());
      server.close();
    }
  }, 60_000);

  it('logs in with what the address has of it, and no error has that', async () => {
    const asked: (string | undefined)[] = [];
    const server = createHttpServer((request, response) => {
      asked.push(request.headers.authorization);
      const known = request.headers.authorization !== undefined;
      response.writeHead(known ? 404 : 401, { 'www-authenticate': 'Basic realm="git"' }).end();
    }).listen(0, '127.0.0.1');
    await new Promise((ready) => server.once('listening', ready));
    const { port } = server.address() as AddressInfo;
    const from = `http://me:t%40ken-1@127.0.0.1:${port}/vllm.git`;
    const message = await listTags(git, from).then(String, (error: Error) => error.message);
    await new Promise((closed) => server.close(closed));
    expect(asked).toEqual([undefined, `Basic ${Buffer.from('me:t@ken-1').toString('base64')}`]);
    expect(message).toContain(`cannot list the tags of http://****@127.0.0.1:${port}/vllm.git`);
    expect(message).not.toMatch(/t(@|%40)ken-1/);
  });
});
