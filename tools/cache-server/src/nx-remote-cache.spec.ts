import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createNxWorkspace, type NxClone, type NxWorkspace } from './testing/nx-clones.ts';
import {
  READ_TOKEN,
  startTestServer,
  temporaryFolder,
  WRITE_TOKEN,
  type TestServer,
} from './testing/test-server.ts';

const folder = temporaryFolder();
let workspace: NxWorkspace;
let server: TestServer;
let clone: NxClone;
const writer = (): { url: string; token: string } => ({ url: server.url, token: WRITE_TOKEN });
const reader = (): { url: string; token: string } => ({ url: server.url, token: READ_TOKEN });

beforeAll(async () => {
  workspace = await createNxWorkspace();
  server = await startTestServer(join(folder.path, 'cache'), ['--max-entry-size=1MiB']);
  clone = await workspace.clone();
}, 60_000);
afterAll(async () => {
  await server.stop();
  await workspace.remove();
  await folder.remove();
});

describe('real Nx with this server', () => {
  it('builds on one machine and replays on another, at another path', async () => {
    const first = await clone.build(writer());
    expect(first).toMatchObject({ exitCode: 0, built: true });
    const second = await (await workspace.clone()).build(reader());
    expect(second).toMatchObject({ exitCode: 0, built: false, result: first.result });
    expect(second.output).toContain('[remote cache]');
    expect(second.output).toContain('the compiler says hello');
  }, 60_000);

  it('builds with a read-only token, and nobody else gets what it built', async () => {
    await clone.edit('read only');
    expect(await clone.build(reader())).toMatchObject({
      exitCode: 0,
      built: true,
      result: 'READ ONLY',
    });
    const other = await workspace.clone();
    await other.edit('read only');
    expect(await other.build(reader())).toMatchObject({ exitCode: 0, built: true });
  }, 60_000);

  it('fails and says so with a wrong token', async () => {
    await clone.edit('wrong token');
    const run = await clone.build({ url: server.url, token: 'x'.repeat(32) });
    expect(run).toMatchObject({ exitCode: 1, built: false, result: undefined });
    expect(run.output).toContain('Unauthorized: the cache server does not know this access token');
  }, 60_000);

  it('fails and says so when the server is down, and builds when told to do without', async () => {
    await clone.edit('down');
    const down = { url: 'http://127.0.0.1:1', token: WRITE_TOKEN };
    const run = await clone.build(down);
    expect(run).toMatchObject({ exitCode: 1, built: false, result: undefined });
    expect(run.output).toContain('Failed to send request');
    const without = await clone.build(down, { NX_SKIP_REMOTE_CACHE: 'true' });
    expect(without).toMatchObject({ exitCode: 0, built: true, result: 'DOWN' });
  }, 60_000);

  it('waits for a slow server and replays the right thing', async () => {
    await clone.edit('slow');
    await clone.build(writer());
    const slow = await startSlowProxy(server.url);
    const other = await workspace.clone();
    await other.edit('slow');
    const run = await other.build({ url: slow.url, token: READ_TOKEN });
    expect(run).toMatchObject({ exitCode: 0, built: false, result: 'SLOW' });
    slow.stop();
  }, 60_000);

  it('builds, without sharing, when the server has no room', async () => {
    const full = await startTestServer(join(folder.path, 'full'), [
      '--max-size=100B',
      '--max-entry-size=100B',
    ]);
    await clone.edit('no room');
    const run = await clone.build({ url: full.url, token: WRITE_TOKEN });
    expect(run).toMatchObject({ exitCode: 0, built: true, result: 'NO ROOM' });
    expect(await full.metric('nx_cache_refused_total')).toBe(1);
    await full.stop();
  }, 60_000);

  it('builds again instead of replaying a damaged entry, and repairs the cache', async () => {
    await clone.edit('damaged');
    await clone.build(writer());
    for (const file of contents(server.directory)) {
      const bytes = readFileSync(file);
      const middle = bytes.length >> 1;
      bytes[middle] = (bytes[middle] ?? 0) ^ 1;
      writeFileSync(file, bytes);
    }
    for (const built of [true, false]) {
      const other = await workspace.clone();
      await other.edit('damaged');
      const run = await other.build(writer());
      expect(run).toMatchObject({ exitCode: 0, built, result: 'DAMAGED' });
    }
  }, 60_000);
});

function contents(directory: string): string[] {
  const names = readdirSync(join(directory, 'entries'), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('/content'))
    .map((name) => join(directory, 'entries', name));
}

/** Passes requests on, and the answer back in small pieces with pauses. */
async function startSlowProxy(target: string): Promise<{ url: string; stop(): void }> {
  const proxy = createServer((request, response) => {
    const { url = '', method, headers } = request;
    const onward = forward(`${target}${url}`, { method, headers }, async (answer) => {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      for await (const chunk of answer) {
        for (let at = 0; at < chunk.length; at += 50) {
          response.write(chunk.subarray(at, at + 50));
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      }
      response.end();
    });
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => {
      proxy.closeAllConnections();
      proxy.close();
    },
  };
}
