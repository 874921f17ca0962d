import { spawn, spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import type { PythonTools } from '../machine/python-tools.ts';

/** A real index server in a process of its own. */
export interface RealServer {
  uploadUrl: string;
  simpleUrl: string;
  username: string;
  password: string;
  stop: () => Promise<void>;
}

const PATIENCE = 120_000;

/** pypiserver with uploads for anyone: it has no password check without a package of its own. */
export async function startPypiserver(tools: PythonTools, folder: string): Promise<RealServer> {
  const port = await freePort();
  const packages = join(folder, 'pypiserver');
  await mkdir(packages, { recursive: true });
  const words = ['run', '-i', '127.0.0.1', '-p', String(port), '-a', '.', '-P', '.'];
  const child = start(tools.program('pypi-server'), [...words, '--disable-fallback', packages]);
  const origin = `http://127.0.0.1:${port}`;
  await answers(`${origin}/simple/`, child);
  return {
    uploadUrl: `${origin}/`,
    simpleUrl: `${origin}/simple/`,
    username: 'anyone',
    password: 'a-password-for-tests',
    stop: () => stop(child),
  };
}

/** devpi-server with one index, root/dev, that keeps what it was given. */
export async function startDevpi(tools: PythonTools, folder: string): Promise<RealServer> {
  const port = await freePort();
  const state = join(folder, 'devpi');
  const password = 'a-password-for-tests';
  const init = ['--serverdir', state, '--no-root-pypi', '--root-passwd', password];
  const made = spawnSync(tools.program('devpi-init'), init, { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`devpi-init: ${made.stderr}`);
  const words = ['--serverdir', state, '--host', '127.0.0.1', '--port', String(port)];
  const child = start(tools.program('devpi-server'), words);
  const origin = `http://127.0.0.1:${port}`;
  await answers(`${origin}/+api`, child);
  const headers = { accept: 'application/json', 'content-type': 'application/json' };
  const login = await fetch(`${origin}/+login`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ user: 'root', password }),
  });
  const { result } = (await login.json()) as { result: { password: string } };
  const session = Buffer.from(`root:${result.password}`).toString('base64');
  const created = await fetch(`${origin}/root/dev`, {
    method: 'PUT',
    headers: { ...headers, 'x-devpi-auth': session },
    body: JSON.stringify({ type: 'stage', bases: [], volatile: false }),
  });
  if (!created.ok) throw new Error(`devpi: ${created.status} ${await created.text()}`);
  return {
    uploadUrl: `${origin}/root/dev/`,
    simpleUrl: `${origin}/root/dev/+simple/`,
    username: 'root',
    password,
    stop: () => stop(child),
  };
}

function start(program: string, words: readonly string[]): ChildProcess {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] };
  return spawn(program, words, { stdio: 'ignore', env });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.on('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

async function answers(url: string, child: ChildProcess): Promise<void> {
  const end = Date.now() + PATIENCE;
  while (Date.now() < end && child.exitCode === null) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill('SIGKILL');
  throw new Error(`${url} did not answer`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
