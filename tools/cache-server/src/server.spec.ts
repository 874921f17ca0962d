import { readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  codeOf,
  READ_TOKEN,
  startTestServer,
  temporaryFolder,
  until,
  upload,
  WRITE_TOKEN,
  type TestServer,
} from './testing/test-server.ts';

const FLAGS = ['--max-size=40MiB', '--max-entry-size=30MiB'];
const folder = temporaryFolder();
let server: TestServer;
let folders = 0;
beforeEach(async () => {
  folders += 1;
  server = await startTestServer(join(folder.path, String(folders)), FLAGS);
});
afterEach(() => server.stop());
afterAll(folder.remove);

/** Sends bytes as they are and answers everything that comes back until the server hangs up. */
function raw(head: string, body = '', end = true): Promise<string> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => {
      socket.write(`${head.replaceAll('\n', '\r\n')}\r\n\r\n${body}`);
      if (end) socket.end();
    });
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    socket.on('error', () => undefined).on('close', () => resolve(answer));
  });
}

const restartWith = async (flag: string): Promise<void> => {
  await server.stop();
  server = await startTestServer(server.directory, [...FLAGS, flag]);
};
const unfinished = (): string[] => readdirSync(join(server.directory, 'unfinished'));

describe('the HTTP API of Nx', () => {
  it('stores a new entry with 200 and sends it back byte for byte', async () => {
    const content = Buffer.alloc(5_000_000, 'a binary \0 pattern');
    expect((await server.put('123', content)).status).toBe(200);
    const answer = await server.get('123');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/octet-stream');
    expect(Buffer.from(await answer.arrayBuffer()).equals(content)).toBe(true);
  });

  it('answers 404 to an unknown key', async () => {
    const answer = await server.get('123');
    expect([answer.status, await codeOf(answer)]).toEqual([404, 'NOT_FOUND']);
  });

  it('answers 409 to a known key and keeps the entry', async () => {
    await server.put('123', 'first');
    const answer = await server.put('123', 'other');
    expect([answer.status, await codeOf(answer)]).toEqual([409, 'EXISTS']);
    expect(await (await server.get('123')).text()).toBe('first');
  });

  it('answers 401 as plain text to a wrong or missing token, to reads and writes', async () => {
    await server.put('123', 'secret');
    for (const answer of [
      await server.get('123', 'x'.repeat(32)),
      await server.put('456', 'evil', 'x'.repeat(32)),
      await fetch(`${server.url}/v1/cache/123`),
    ]) {
      expect([answer.status, answer.headers.get('content-type')]).toEqual([401, 'text/plain']);
      expect(await answer.text()).not.toContain('secret');
    }
    expect((await server.get('456')).status).toBe(404);
  });

  it('answers 403 to the write of a read-only token, stores nothing, replaces nothing', async () => {
    await server.put('123', 'good');
    for (const key of ['123', '456']) {
      const answer = await server.put(key, 'evil', READ_TOKEN);
      expect([answer.status, await codeOf(answer)]).toEqual([403, 'READ_ONLY']);
    }
    expect(await (await server.get('123')).text()).toBe('good');
    expect((await server.get('456')).status).toBe(404);
  });

  it('lets a client finish sending a large body that it refuses, and hear why', async () => {
    const large = Buffer.alloc(31 * 1024 * 1024);
    const tooLarge = await server.put('123', large);
    expect([tooLarge.status, await codeOf(tooLarge)]).toEqual([403, 'ENTRY_TOO_LARGE']);
    expect((await server.put('123', large, READ_TOKEN)).status).toBe(403);
    expect(await server.metric('nx_cache_refused_total')).toBe(1);
  });

  it('answers a damaged entry as a miss, removes it, and takes it anew', async () => {
    await server.put('123', 'content');
    writeFileSync(join(server.directory, 'entries/23/123/content'), 'c0ntent');
    const answer = await server.get('123');
    expect([answer.status, await codeOf(answer)]).toEqual([404, 'CORRUPTED']);
    expect(await server.metric('nx_cache_corrupted_total')).toBe(1);
    expect((await server.put('123', 'content')).status).toBe(200);
    expect(await (await server.get('123')).text()).toBe('content');
  });

  it('asks for Content-Length, and for content', async () => {
    const chunked = await raw(upload('/v1/cache/1', 'Transfer-Encoding: chunked'), '1\r\nx\r\n');
    expect(chunked).toMatch(/^HTTP\/1.1 411 .*"LENGTH_REQUIRED"/s);
    const empty = await server.put('1', '');
    expect([empty.status, await codeOf(empty)]).toEqual([400, 'EMPTY']);
    expect((await server.get('1')).status).toBe(404);
  });
});

describe('hostile and broken clients', () => {
  it.each([
    '/v1/cache/../../etc/passwd',
    '/v1/cache/..%2f..%2fetc%2fpasswd',
    '/v1/cache/..',
    '/v1/cache/a.b',
    '/v1/cache/',
    `/v1/cache/${'1'.repeat(129)}`,
    '/v1/cache/1?x=/../',
  ])('cannot name a file with %s', async (path) => {
    const answer = await raw(upload(path, 'Content-Length: 4\nConnection: close'), 'evil');
    expect(answer).toMatch(/^HTTP\/1.1 400 .*"INVALID_KEY"/s);
    expect(readdirSync(server.directory).sort()).toEqual([
      'CACHEDIR.TAG',
      'entries',
      'server.lock',
      'unfinished',
    ]);
  });

  it('leave nothing of an upload that ends before its length', async () => {
    await raw(upload('/v1/cache/1', 'Content-Length: 100'), 'only this');
    await until(() => unfinished().length === 0);
    expect((await server.get('1')).status).toBe(404);
    expect((await server.put('1', 'whole')).status).toBe(200);
  });

  it('are not taken for a fault of the server when they send more than they said', async () => {
    await raw(upload('/v1/cache/1', 'Content-Length: 5'), 'more than five', false);
    await until(() => server.lines.some((line) => line.includes('"PUT"')));
    expect(await server.metric('nx_cache_errors_total')).toBe(0);
    expect(server.lines.join('\n')).not.toContain('"error"');
  });

  it('hear that uploads in progress take the room, not that the disk is full', async () => {
    const { hostname, port } = new URL(server.url);
    const size = 30 * 1024 * 1024;
    const head = upload('/v1/cache/1', `Content-Length: ${size}`);
    const socket = connect(Number(port), hostname, () =>
      socket.write(`${head.replaceAll('\n', '\r\n')}\r\n\r\n`),
    );
    await until(() => unfinished().length === 1);
    const answer = await server.put('2', Buffer.alloc(size));
    socket.destroy();
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('uploads in progress leave no room');
  });

  it('are dropped when they stall in an upload', async () => {
    await restartWith('--idle-timeout=600ms');
    const stalled = raw(upload('/v1/cache/1', 'Content-Length: 100'), 'only this', false);
    expect(await stalled).toBe('');
    await until(() => unfinished().length === 0);
    expect(await server.metric('nx_cache_aborted_total')).toBe(1);
  });

  it('are dropped when they do not read what they asked for', async () => {
    await server.put('1', Buffer.alloc(25 * 1024 * 1024));
    await restartWith('--idle-timeout=600ms');
    const { hostname, port } = new URL(server.url);
    const head = `GET /v1/cache/1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${READ_TOKEN}\r\n\r\n`;
    const socket = connect(Number(port), hostname, () => socket.write(head));
    socket.pause();
    socket.on('error', () => undefined);
    await until(async () => (await server.metric('nx_cache_aborted_total')) === 1);
    socket.destroy();
    expect(await server.metric('nx_cache_hits_total')).toBe(0);
  });

  it('cannot write a token or a path of their own into the log', async () => {
    await server.get('123', 'x'.repeat(32));
    await raw(upload('/injected"line', 'Content-Length: 0\nConnection: close'));
    await server.put('123', 'content');
    const log = server.lines.join('\n');
    expect(log).toContain('"path":"/v1/cache/123","status":200,"role":"write"');
    for (const secret of [WRITE_TOKEN, READ_TOKEN, 'xxxx', 'injected']) {
      expect(log).not.toContain(secret);
    }
  });

  it('hear which methods and paths there are', async () => {
    const headers = { Authorization: `Bearer ${WRITE_TOKEN}` };
    const deleted = await fetch(`${server.url}/v1/cache/1`, { method: 'DELETE', headers });
    expect([deleted.status, deleted.headers.get('allow')]).toEqual([405, 'GET, PUT']);
    const other = await fetch(`${server.url}/index.html`, { headers });
    expect([other.status, await codeOf(other)]).toEqual([404, 'NO_SUCH_PATH']);
  });
});
