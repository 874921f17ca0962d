import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { join } from 'node:path';

/** A real registry of images on this machine. */
export interface LocalRegistry {
  /** `127.0.0.1:<port>` */
  address: string;
  start: () => Promise<void>;
  stop: () => Promise<void>;
}

/** Debian's docker-registry on a free port, with its images in `folder`; it is not started yet. */
export async function localRegistry(folder: string): Promise<LocalRegistry> {
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'config.yml');
  const storage = { filesystem: { rootdirectory: join(folder, 'data') } };
  const settings = { version: 0.1, log: { level: 'error' }, storage, http: { addr: address } };
  // JSON is YAML.
  writeFileSync(config, JSON.stringify(settings));
  let child: ChildProcess | undefined;
  return {
    address,
    start: async () => {
      const started = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
      child = started;
      await answers(port, () => started.exitCode === null && started.signalCode === null);
    },
    stop: async () => {
      const running = child;
      child = undefined;
      if (!running || running.exitCode !== null) return;
      const ended = new Promise((resolve) => running.once('close', resolve));
      running.kill('SIGKILL');
      await ended;
    },
  };
}

/** A port that nothing listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function answers(port: number, runs: () => boolean): Promise<void> {
  while (runs()) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.on('error', () => resolve(false));
      socket.on('connect', () => socket.end());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`docker-registry ended before it listened on port ${port}`);
}

/**
 * Stands before a registry and goes down in the middle: as soon as a request line that goes through
 * matches, this one is let through and everything after it is refused.
 */
export async function failingRegistry(
  registry: LocalRegistry,
  last: RegExp,
): Promise<{ address: string; failed: () => boolean; close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  let failed = false;
  const server = createServer((client) => {
    if (failed) {
      client.destroy();
      return;
    }
    const [host, port] = registry.address.split(':');
    const upstream = connect(Number(port), host);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => undefined);
    }
    client.on('data', (data) => {
      if (failed) client.destroy();
      else if (last.test(data.toString('latin1'))) failed = true;
    });
    client.pipe(upstream);
    upstream.pipe(client);
  });
  const port = await listening(server);
  // A test that fails before it closes this must not keep the process of all tests from ending.
  server.unref();
  return {
    address: `127.0.0.1:${port}`,
    failed: () => failed,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
