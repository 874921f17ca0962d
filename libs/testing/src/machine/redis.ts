import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { findProgram } from '@vllm-cpu/system/programs';

export const REDIS_PASSWORD = 'password-of-the-cache';

/** A real Redis of this machine, without files. */
export interface Redis {
  port: number;
  /** What redis-cli prints. */
  command(...words: string[]): string;
  stop(): Promise<void>;
}

export const hasRedis = findProgram('redis-server', process.env['PATH']) !== undefined;

/** Starts one on a free port that takes REDIS_PASSWORD. */
export async function startRedis(): Promise<Redis> {
  const port = await freePort();
  const words = ['--port', String(port), '--bind', '127.0.0.1', '--requirepass', REDIS_PASSWORD];
  const child = spawn('redis-server', [...words, '--save', '', '--appendonly', 'no'], {
    stdio: 'ignore',
  });
  const gone = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const command = (...more: string[]) => {
    const login = ['-p', String(port), '-a', REDIS_PASSWORD, '--no-auth-warning'];
    return spawnSync('redis-cli', [...login, ...more], { encoding: 'utf8' }).stdout.trim();
  };
  while (command('ping') !== 'PONG') {
    if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`);
    await setTimeout(50);
  }
  return {
    port,
    command,
    stop: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
