import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';

const BIN = join(import.meta.dirname, '../../../tools/cache-server/bin/cache-server.mjs');

export const READ_TOKEN = 'read-only-token-of-the-clones';
export const WRITE_TOKEN = 'read-write-token-of-the-clones';

export interface CacheServer {
  url: string;
  metric(name: string): Promise<number>;
  put(key: string, body: string, token: string): Promise<Response>;
  /** SIGTERM, or a sudden end; resolves when it is gone. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** Starts the real program on a free port. */
export async function startCacheServer(
  directory: string,
  flags: readonly string[] = [],
): Promise<CacheServer> {
  const argv = [BIN, `--directory=${directory}`, '--port=0', ...flags];
  const env = {
    PATH: process.env['PATH'],
    VLLM_CPU_CACHE_READ_TOKENS: READ_TOKEN,
    VLLM_CPU_CACHE_WRITE_TOKENS: WRITE_TOKEN,
  };
  const child = spawn(process.execPath, argv, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const gone = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        const found = /listening on (http:\S+),/.exec(output)?.[1];
        if (found) resolve(found);
      });
    }
    void gone.then(() => reject(new Error(output)));
  });
  return {
    url,
    metric: async (name) => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
    },
    put: (key, body, token) =>
      fetch(`${url}/v1/cache/${key}`, {
        method: 'PUT',
        headers: { Authorization: `Bearer ${token}` },
        body,
      }),
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      await gone;
    },
  };
}

/** Copies the folder of a server that may be running. */
export async function copyEntries(directory: string, copy: string): Promise<void> {
  const filter = (name: string) => !name.endsWith('server.lock');
  await cp(directory, copy, { recursive: true, filter });
}

/** Flips a bit in every other entry of a server's folder, and cuts off the rest. */
export function damageEntries(directory: string): void {
  const names = readdirSync(join(directory, 'entries'), { recursive: true, encoding: 'utf8' });
  names
    .filter((name) => name.endsWith('/content'))
    .forEach((name, index) => {
      const file = join(directory, 'entries', name);
      const bytes = readFileSync(file);
      const middle = bytes.length >> 1;
      bytes[middle] = (bytes[middle] ?? 0) ^ 1;
      writeFileSync(file, index % 2 === 0 ? bytes : bytes.subarray(0, middle));
    });
}
