import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join, normalize } from 'node:path';
import { closeServer } from './server.ts';
import type { AddressInfo } from 'node:net';

/** Serves a folder as any pages host does: files, and index.html of a folder. */
export async function serveFolder(
  folder: string,
): Promise<{ origin: string; requests: string[]; close: () => Promise<void> }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    requests.push(path);
    const answer = async () => {
      const asked = join(folder, normalize(path));
      const file = (await stat(asked)).isDirectory() ? join(asked, 'index.html') : asked;
      const type = file.endsWith('.html') ? 'text/html' : 'application/octet-stream';
      response.writeHead(200, { 'content-type': type }).end(await readFile(file));
    };
    answer().catch(() => response.writeHead(404).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, requests, close: () => closeServer(server) };
}
