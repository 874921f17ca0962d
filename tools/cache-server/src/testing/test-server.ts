import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '../log.ts';
import { startServer } from '../server.ts';
import { readSettings } from '../settings/settings.ts';

export const READ_TOKEN = 'read-only-token-of-the-tests';
export const WRITE_TOKEN = 'read-write-token-of-the-tests';
export const TOKENS = {
  VLLM_CPU_CACHE_READ_TOKENS: READ_TOKEN,
  VLLM_CPU_CACHE_WRITE_TOKENS: WRITE_TOKEN,
};

export interface TestServer {
  url: string;
  directory: string;
  /** Everything that was logged. */
  lines: string[];
  stop(): Promise<void>;
  put(key: string, body: string | Uint8Array, token?: string): Promise<Response>;
  get(key: string, token?: string): Promise<Response>;
  /** The value of one metric. */
  metric(name: string): Promise<number>;
}

/** A temporary folder, removed by `remove`. */
export function temporaryFolder(): { path: string; remove(): Promise<void> } {
  const path = mkdtempSync(join(tmpdir(), 'cache-server-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** A real server on a free port, in this process. */
export async function startTestServer(
  directory: string,
  flags: string[] = [],
): Promise<TestServer> {
  const lines: string[] = [];
  const settings = readSettings(['--port=0', `--directory=${directory}`, ...flags], TOKENS);
  if (!settings) throw new Error('the flags ask for help');
  const { url, stop } = await startServer(
    settings,
    createLog((line) => lines.push(line)),
  );
  const entry = (key: string, token: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${url}/v1/cache/${key}`, { ...init, headers: { Authorization: `Bearer ${token}` } });
  return {
    url,
    directory,
    lines,
    stop,
    put: (key, body, token = WRITE_TOKEN) => entry(key, token, { method: 'PUT', body }),
    get: (key, token = READ_TOKEN) => entry(key, token),
    metric: async (name) => {
      const text = await (await fetch(`${url}/metrics`)).text();
      const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
      return Number(line?.split(' ')[1] ?? Number.NaN);
    },
  };
}

/** The code of an error body. */
export async function codeOf(response: Response): Promise<string> {
  const body = (await response.json()) as { error: { code: string } };
  return body.error.code;
}

/** Waits for something that happens soon after; the test's own timeout ends it. */
export async function until(happened: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await happened())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** The head of an upload with a read-write token; `more` are further header lines. */
export function upload(path: string, more: string): string {
  return `PUT ${path} HTTP/1.1\nHost: x\nAuthorization: Bearer ${WRITE_TOKEN}\n${more}`;
}
