import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EntryStore, PutOutcome } from '../store/entry-store.ts';
import type { Log } from '../log.ts';
import type { Counter, Metrics } from '../metrics.ts';
import { sendJson, sendProblem, type Problem } from './respond.ts';

type Refusal = Exclude<PutOutcome, 'stored'> | 'failed';

/**
 * Nx 23.3 goes on with its build after 200, 403 and 409 only; any other answer to an upload fails
 * the task, after six attempts. So whatever this server will not store is a 403 with its own code,
 * not a 413 or a 507: a cache that is full must not stop a release.
 * https://github.com/nrwl/nx/issues/36107
 */
const REFUSALS: Readonly<Record<Refusal, Problem & { status: number; counter: Counter }>> = {
  exists: {
    status: 409,
    counter: 'conflicts',
    code: 'EXISTS',
    message: 'An entry has this key already; entries are never replaced.',
  },
  'too-large': {
    status: 403,
    counter: 'refused',
    code: 'ENTRY_TOO_LARGE',
    message: 'The entry is larger than this server takes; raise --max-entry-size.',
  },
  crowded: {
    status: 403,
    counter: 'refused',
    code: 'STORAGE_FULL',
    message: 'The uploads in progress leave no room for this one; raise --max-size.',
  },
  full: {
    status: 403,
    counter: 'refused',
    code: 'STORAGE_FULL',
    message: 'Disk full. Free disk space, or lower --max-size.',
  },
  incomplete: {
    status: 400,
    counter: 'aborted',
    code: 'INCOMPLETE',
    message: 'The body was shorter than Content-Length; nothing was stored.',
  },
  failed: {
    status: 403,
    counter: 'errors',
    code: 'STORE_FAILED',
    message: 'The entry cannot be stored; see the log of the server.',
  },
};

/** Answers PUT /v1/cache/<key> of a client that may write. */
export async function putEntry(
  key: string,
  request: IncomingMessage,
  response: ServerResponse,
  store: EntryStore,
  metrics: Metrics,
  log: Log,
): Promise<void> {
  const length = request.headers['content-length'];
  const size = Number(length);
  if (length === undefined) {
    response.setHeader('Connection', 'close');
    return sendProblem(response, 411, {
      code: 'LENGTH_REQUIRED',
      message: 'Send the length of the entry as Content-Length.',
    });
  }
  if (size === 0) {
    return sendProblem(response, 400, { code: 'EMPTY', message: 'The entry has no content.' });
  }
  let refusal: Refusal;
  try {
    const outcome = await store.put(key, size, bodyOf(request));
    if (outcome === 'stored') {
      metrics.add('stored');
      metrics.add('received_bytes', size);
      return sendJson(response, 200, { stored: key });
    }
    refusal = outcome;
  } catch (error) {
    // Also where the length was too small: what follows the body is no request.
    if (error === request.errored) {
      metrics.add('aborted');
      return;
    }
    log.error(`could not store entry ${key}`, error);
    refusal = 'failed';
  }
  // The client hears the answer only when it may send the rest; Node discards only unread bodies.
  request.resume();
  const { status, counter, code, message } = REFUSALS[refusal];
  metrics.add(counter);
  sendProblem(response, status, { code, message });
}

/**
 * The body. A reader that stops early (the disk is full) must not close the connection, on which
 * the answer is still to go; a disk that is slow to flush must not look like a client that stalls.
 */
async function* bodyOf(request: IncomingMessage): AsyncGenerator<Uint8Array> {
  for await (const chunk of request.iterator({ destroyOnReturn: false })) yield chunk as Buffer;
  request.socket.setTimeout(0);
}
