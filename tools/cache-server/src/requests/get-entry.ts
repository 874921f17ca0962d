import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { GetOutcome } from '../store/entry-store.ts';
import type { Service } from './service.ts';
import type { Metrics } from '../metrics.ts';
import { sendProblem } from './respond.ts';

/**
 * Answers GET /v1/cache/<key>: 200 with the content, or 404. A damaged entry and a disk that cannot
 * be read are 404 too, because that is the one answer after which Nx builds for itself.
 */
export async function getEntry(
  key: string,
  response: ServerResponse,
  { store, metrics, log, idleTimeout }: Service,
): Promise<void> {
  // While the entry is compared with its checksum the client waits for us, not we for the client.
  response.socket?.setTimeout(0);
  const found = await store.get(key).catch((error: unknown): { kind: 'failed' } => {
    metrics.add('errors');
    log.error(`could not read entry ${key}`, error);
    return { kind: 'failed' };
  });
  response.socket?.setTimeout(idleTimeout);
  if (found.kind === 'hit') return send(found, response, metrics);
  if (found.kind === 'miss') metrics.add('misses');
  if (found.kind === 'corrupted') {
    metrics.add('corrupted');
    log.error(`entry ${key} differed from its checksum and was removed; check the disk`);
  }
  const problem = {
    miss: { code: 'NOT_FOUND', message: 'No entry has this key.' },
    corrupted: { code: 'CORRUPTED', message: 'The entry was damaged on disk and is removed.' },
    failed: {
      code: 'READ_FAILED',
      message: 'The entry cannot be read; see the log of the server.',
    },
  }[found.kind];
  sendProblem(response, 404, problem);
}

async function send(
  { content, size }: Extract<GetOutcome, { kind: 'hit' }>,
  response: ServerResponse,
  metrics: Metrics,
): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': size });
  try {
    await pipeline(content.createReadStream({ start: 0 }), response);
    metrics.add('hits');
    metrics.add('sent_bytes', size);
  } catch {
    // The client went away or stalled; the connection is closed, so it sees a short body.
    metrics.add('aborted');
  }
}
