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
});
