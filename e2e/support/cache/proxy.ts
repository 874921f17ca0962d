import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync, gzipSync } from 'node:zlib';

export interface Proxy {
  url: string;
  stop(): void;
}

/** Stands between Nx and the server at `target` and answers with what `change` makes of each body. */
export async function startProxy(
  target: string,
  change: (body: Buffer) => Buffer | Promise<Buffer>,
): Promise<Proxy> {
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { method = 'GET', url = '', headers } = request;
      const answer = await fetch(`${target}${url}`, {
        method,
        headers: { Authorization: headers.authorization ?? '' },
        ...(method === 'PUT' ? { body: new Uint8Array(Buffer.concat(chunks)) } : {}),
      });
      const body = Buffer.from(await answer.arrayBuffer());
      const type = answer.headers.get('content-type') ?? 'application/octet-stream';
      response.writeHead(answer.status, { 'content-type': type });
      response.end(answer.ok ? await change(body) : body);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Delays every answer. */
export async function late(body: Buffer): Promise<Buffer> {
  await new Promise((resolve) => setTimeout(resolve, 1500));
  return body;
}

/** Changes one byte in the middle of the wheel in Nx's archive; the archive itself stays sound. */
export function withDamagedWheel(body: Buffer): Buffer {
  const archive = gunzipSync(body);
  const start = archive.indexOf('PK\x03\x04', 0, 'latin1');
  if (start < 0) return body;
  const middle = (start + archive.lastIndexOf('PK\x01\x02', archive.length, 'latin1')) >> 1;
  archive[middle] = (archive[middle] ?? 0) ^ 1;
  return gzipSync(archive);
}
