import { readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { claimFolder } from './store/cache-folder.ts';
import {
  startTestServer,
  temporaryFolder,
  until,
  upload,
  type TestServer,
} from './testing/test-server.ts';

const folder = temporaryFolder();
let server: TestServer;
let folders = 0;
beforeEach(async () => {
  folders += 1;
  const flags = ['--max-size=40MiB', '--max-entry-size=30MiB'];
  server = await startTestServer(join(folder.path, String(folders)), flags);
});
afterEach(() => server.stop());
afterAll(folder.remove);

const unfinished = (): string[] => readdirSync(join(server.directory, 'unfinished'));

describe('operating the server', () => {
  it('reports health and metrics without a token', async () => {
    await server.put('123', 'content');
    await (await server.get('123')).text();
    await server.get('456');
    await until(async () => (await server.metric('nx_cache_hits_total')) === 1);
    const health = await fetch(`${server.url}/health`);
    expect([health.status, await health.json()]).toEqual([200, { status: 'ok' }]);
    const text = await (await fetch(`${server.url}/metrics`)).text();
    for (const line of [
      '# TYPE nx_cache_hits_total counter',
      'nx_cache_hits_total 1',
      'nx_cache_misses_total 1',
      'nx_cache_stored_total 1',
      'nx_cache_sent_bytes_total 7',
      'nx_cache_entries 1',
      'nx_cache_size_bytes 7',
      `nx_cache_size_limit_bytes ${40 * 1024 * 1024}`,
    ]) {
      expect(text.split('\n')).toContain(line);
    }
  });

  it('keeps an idle connection longer than the client of Nx does, and still stops at once', async () => {
    const answer = await fetch(`${server.url}/health`);
    expect(answer.headers.get('keep-alive')).toBe('timeout=120');
    await answer.text();
    const before = Date.now();
    await server.stop();
    expect(Date.now() - before).toBeLessThan(2000);
  });

  it('counts evictions and says them in the log', async () => {
    for (const key of ['1', '2']) await server.put(key, Buffer.alloc(25 * 1024 * 1024));
    expect(await server.metric('nx_cache_evicted_total')).toBe(1);
    expect(server.lines.join('\n')).toContain('evicted entry 1');
  });

  it('finishes an upload in flight when it stops, and takes no new one', async () => {
    const { hostname, port } = new URL(server.url);
    const head = upload('/v1/cache/1', 'Content-Length: 10').replaceAll('\n', '\r\n');
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(`${head}\r\n\r\nfirst`));
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('data', (chunk) => (answer += chunk.toString()));
    await until(() => unfinished().length === 1);
    const stopped = server.stop();
    await expect(server.get('1')).rejects.toThrow('fetch failed');
    socket.write(' last');
    await closed;
    await stopped;
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
    server = await startTestServer(server.directory);
    expect(await (await server.get('1')).text()).toBe('first last');
  });

  it('does not wait for a connection on which nothing was asked yet', async () => {
    const flags = ['--shutdown-timeout=2s'];
    const waited = await startTestServer(join(folder.path, 'silent'), flags);
    const { hostname, port } = new URL(waited.url);
    const socket = connect(Number(port), hostname);
    await new Promise((resolve) => socket.once('connect', resolve));
    // Answered after it, so the server knows of it.
    await waited.metric('nx_cache_entries');
    await waited.stop();
    expect(waited.lines.join('\n')).not.toContain('did not finish in time');
    socket.destroy();
  });

  it('gives up a request that does not finish in the time of a shutdown', async () => {
    const flags = ['--shutdown-timeout=200ms'];
    const patient = await startTestServer(join(folder.path, 'deadline'), flags);
    const { hostname, port } = new URL(patient.url);
    const head = upload('/v1/cache/1', 'Content-Length: 10').replaceAll('\n', '\r\n');
    const socket = connect(Number(port), hostname, () => socket.write(`${head}\r\n\r\nfirst`));
    const closed = new Promise((resolve) =>
      socket.on('close', resolve).on('error', () => undefined),
    );
    await until(() => readdirSync(join(patient.directory, 'unfinished')).length === 1);
    await patient.stop();
    await closed;
    expect(patient.lines.join('\n')).toContain('did not finish in time');
  });

  it('does not share its folder with a second server', async () => {
    const claim = claimFolder(server.directory, () => undefined, 0);
    await expect(claim).rejects.toThrow(`another server is using ${server.directory}`);
    expect((await server.put('123', 'content')).status).toBe(200);
  });

  it('does not take a folder that holds something else', async () => {
    const other = temporaryFolder();
    writeFileSync(join(other.path, 'thesis.txt'), 'precious');
    await expect(startTestServer(other.path)).rejects.toThrow('files that are not a cache');
    expect(readdirSync(other.path)).toEqual(['thesis.txt']);
    await other.remove();
  });

  it.each(['/proc/cache', '/proc/cache/below'])('refuses %s, which is on no disk', async (at) => {
    await expect(startTestServer(at)).rejects.toThrow('/proc/cache');
  });

  it('says which port is taken, and gives the folder back', async () => {
    const { port } = new URL(server.url);
    const directory = join(folder.path, 'port');
    const taken = startTestServer(directory, [`--port=${port}`]);
    await expect(taken).rejects.toThrow(`port ${port}`);
    await (await startTestServer(directory)).stop();
  });
});
