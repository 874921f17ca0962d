import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { requires } from '@vllm-cpu/testing/requires';
import { READ_TOKEN, temporaryFolder, TOKENS, until, WRITE_TOKEN } from './testing/test-server.ts';

const BIN = join(import.meta.dirname, '../bin/cache-server.mjs');
const folder = temporaryFolder();
const children: ChildProcess[] = [];
afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));
afterAll(folder.remove);

interface Started {
  child: ChildProcess;
  url: string;
  output(): string;
  exit: Promise<number | null>;
}

/** Starts the real program from a folder that is not the repository, as a service manager does. */
async function start(directory: string, wrapper: string[] = []): Promise<Started> {
  const [file = '', ...args] = [...wrapper, process.execPath, BIN, `--directory=${directory}`];
  const env = { PATH: process.env['PATH'], ...TOKENS, VLLM_CPU_CACHE_PORT: '0' };
  const child = spawn(file, args, { cwd: folder.path, env });
  children.push(child);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exit = new Promise<number | null>((resolve) => child.on('exit', resolve));
  const listening = /listening on (http:\S+),/;
  await until(() => listening.test(output) || child.exitCode !== null);
  const url = listening.exec(output)?.[1];
  if (url === undefined) throw new Error(output);
  return { child, url, output: () => output, exit };
}

async function put(url: string, key: string, body: Uint8Array | string): Promise<Response> {
  const headers = { Authorization: `Bearer ${WRITE_TOKEN}` };
  return fetch(`${url}/v1/cache/${key}`, { method: 'PUT', headers, body });
}

function uploadHead(key: string, length: number): string {
  const lines = [
    `PUT /v1/cache/${key} HTTP/1.1`,
    'Host: x',
    `Authorization: Bearer ${WRITE_TOKEN}`,
    `Content-Length: ${length}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** The first half of an upload of ten bytes, received by the server. */
async function halfAnUpload(url: string, directory: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const head = uploadHead('1', 10);
  const socket = connect(Number(port), hostname, () => socket.write(`${head}first`));
  socket.on('error', () => undefined);
  await until(() => readdirSync(join(directory, 'unfinished')).length === 1);
  return socket;
}

describe('the program', () => {
  it('finishes the upload in flight on SIGTERM and exits with 0', async () => {
    const directory = join(folder.path, 'term');
    const server = await start(directory);
    const socket = await halfAnUpload(server.url, directory);
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString()));
    server.child.kill('SIGTERM');
    await until(() => server.output().includes('SIGTERM'));
    socket.write(' last');
    expect(await server.exit).toBe(0);
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
    for (const token of [READ_TOKEN, WRITE_TOKEN]) expect(server.output()).not.toContain(token);
  }, 30_000);

  it('starts again after SIGKILL without the half of an upload', async () => {
    const directory = join(folder.path, 'kill');
    const first = await start(directory);
    await put(first.url, '2', 'whole');
    await halfAnUpload(first.url, directory);
    first.child.kill('SIGKILL');
    await first.exit;
    const second = await start(directory);
    expect(readdirSync(join(directory, 'unfinished'))).toEqual([]);
    expect((await put(second.url, '2', 'other')).status).toBe(409);
    expect((await put(second.url, '1', 'new')).status).toBe(200);
  }, 40_000);

  it('says in one error what is missing, and exits with 1', () => {
    const { status, stderr } = spawnSync(process.execPath, [BIN], { env: {}, encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/error \[TOKENS_MISSING\].*what to do: Set VLLM_CPU_CACHE/s);
  }, 20_000);

  requires('tmpfs in a user namespace (unshare -rm)', canMount())(
    'refuses what a full disk cannot take, keeps nothing of it, and goes on',
    async () => {
      const mount = join(folder.path, 'small');
      await mkdir(mount);
      const script = 'mount -t tmpfs -o size=2m tmpfs "$0" && exec "$@"';
      const server = await start(join(mount, 'cache'), [
        'unshare',
        '-rm',
        'sh',
        '-c',
        script,
        mount,
      ]);
      const { hostname, port } = new URL(server.url);
      let answers = '';
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => (answers += chunk.toString()));
      socket.write(uploadHead('1', 30_000_000));
      socket.write(Buffer.alloc(30_000_000));
      await until(() => answers.includes('STORAGE_FULL'));
      expect(answers).toMatch(/^HTTP\/1.1 403 /);
      // On the same connection: the refusal must not have broken it.
      socket.write(uploadHead('2', 1_500_000));
      socket.write(Buffer.alloc(1_500_000));
      await until(() => answers.includes('{"stored":"2"}'));
      socket.destroy();
    },
    30_000,
  );
});

function canMount(): boolean {
  const probe = ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', folder.path];
  return spawnSync('unshare', probe).status === 0;
}
