import type { IncomingMessage, ServerResponse } from 'node:http';
import { entryKeyOf } from '../store/entry-key.ts';
import { getEntry } from './get-entry.ts';
import { putEntry } from './put-entry.ts';
import { sendJson, sendProblem, sendText } from './respond.ts';
import type { Service } from './service.ts';
import type { Role } from '../settings/tokens.ts';

/** Bodies of strangers beyond this are not read to their end. */
const STRANGER_BODY = 1024 * 1024;

/** Answers one request; every path through it ends the response or lost its client. */
export async function handle(
  service: Service,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = request.url ?? '';
  if (path === '/health' || path === '/metrics') return report(service, path, request, response);

  const role = service.authorise(request.headers.authorization);
  const started = performance.now();
  response.once('close', () =>
    service.log.request({
      method: request.method ?? '',
      // A path of our own form only: anything else is a stranger's text.
      path: entryKeyOf(path) === undefined ? '(other)' : path,
      status: response.headersSent ? response.statusCode : 0,
      role: role ?? 'none',
      milliseconds: Math.round(performance.now() - started),
    }),
  );
  if (role === undefined) return denyStranger(service, request, response);

  const key = entryKeyOf(path);
  if (key === undefined) {
    const isEntry = path.startsWith('/v1/cache/');
    return isEntry
      ? sendProblem(response, 400, {
          code: 'INVALID_KEY',
          message: 'A key has 1 to 128 characters, out of letters, digits, - and _.',
        })
      : sendProblem(response, 404, { code: 'NO_SUCH_PATH', message: 'Use /v1/cache/<key>.' });
  }
  return entry(service, key, role, request, response);
}

async function entry(
  service: Service,
  key: string,
  role: Role,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { store, metrics, log } = service;
  if (request.method === 'GET') return getEntry(key, response, service);
  if (request.method !== 'PUT') return notAllowed(response, 'GET, PUT');
  if (role === 'write') return putEntry(key, request, response, store, metrics, log);
  metrics.add('denied');
  sendProblem(response, 403, { code: 'READ_ONLY', message: 'This token may read, not write.' });
}

function denyStranger(
  { metrics }: Service,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  metrics.add('denied');
  response.setHeader('WWW-Authenticate', 'Bearer');
  const length = Number(request.headers['content-length'] ?? 0);
  if (length > STRANGER_BODY || request.headers['transfer-encoding'] !== undefined) {
    response.setHeader('Connection', 'close');
  }
  // Text, where every other refusal is JSON: the API says so, and Nx shows the body of a 401 only
  // when the type is exactly this.
  sendText(response, 401, 'text/plain', 'the cache server does not know this access token\n');
}

function report(
  service: Service,
  path: '/health' | '/metrics',
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (request.method !== 'GET') return notAllowed(response, 'GET');
  const { entries, size } = service.store;
  if (path === '/health') {
    const stopping = service.stopping();
    return sendJson(response, stopping ? 503 : 200, { status: stopping ? 'stopping' : 'ok' });
  }
  const gauges = { entries, size, maxSize: service.maxSize, inFlight: service.inFlight() };
  sendText(response, 200, 'text/plain; version=0.0.4; charset=utf-8', service.metrics.text(gauges));
}

function notAllowed(response: ServerResponse, allow: string): void {
  response.setHeader('Allow', allow);
  sendProblem(response, 405, { code: 'METHOD_NOT_ALLOWED', message: `Use ${allow}.` });
}
