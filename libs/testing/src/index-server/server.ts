import { createServer } from 'node:http';
import { noFaults } from './faults.ts';
import { takeUpload } from './legacy-upload.ts';
import { parseMultipart } from './multipart.ts';
import { sendProject, sendRoot } from './simple-pages.ts';
import { createStoredFiles } from './stored-files.ts';
import { answerTrustedPublishing, identityOfJob } from './trusted-publisher.ts';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Faults, UploadFault } from './faults.ts';
import type { UploadRules } from './legacy-upload.ts';
import type { SimpleForm } from './simple-pages.ts';
import type { StoredFile, StoredFiles } from './stored-files.ts';
import type { TrustedPublisherState } from './trusted-publisher.ts';

/** A package index in this process that behaves as PyPI documents it. */
export interface IndexServer {
  /** `http://127.0.0.1:<port>` */
  origin: string;
  uploadUrl: string;
  simpleUrl: string;
  stored: StoredFiles;
  rules: UploadRules & { tokens: Map<string, string> };
  faults: Faults;
  form: SimpleForm;
  publisher: TrustedPublisherState;
  /** `METHOD path` of every request, and the whole of its headers. */
  requests: { line: string; headers: IncomingMessage['headers'] }[];
  close(): Promise<void>;
}

const MIB = 1024 * 1024;

export async function startIndexServer(): Promise<IndexServer> {
  const server = createServer();
  const index: IndexServer = {
    origin: '',
    uploadUrl: '',
    simpleUrl: '',
    stored: createStoredFiles(),
    rules: {
      tokens: new Map([['*', 'pypi-token-for-everything']]),
      fileLimit: 100 * MIB,
      projectLimit: 10 * 1024 * MIB,
      releaseAge: 14,
      now: () => new Date(),
    },
    faults: noFaults(),
    form: 'json',
    publisher: {
      requestToken: 'request-token-of-the-job',
      identity: identityOfJob(),
      registered: true,
      token: 'pypi-minted-token',
      exchanges: 0,
    },
    requests: [],
    close: () => closeServer(server),
  };
  server.on('request', (request, response) => {
    index.requests.push({ line: `${request.method} ${request.url}`, headers: request.headers });
    void answer(index, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  index.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  index.uploadUrl = `${index.origin}/legacy/`;
  index.simpleUrl = `${index.origin}/simple/`;
  return index;
}

export async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

async function answer(
  index: IndexServer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = new URL(request.url ?? '/', index.origin).pathname;
  if (path === '/legacy/' && request.method === 'POST') return upload(index, request, response);
  const body = await readBody(request);
  if (answerTrustedPublishing(request, body, response, index.publisher)) return;
  if (path.startsWith('/simple/')) return read(index, path, request, response);
  const file = index.stored.files.get(path.split('/').at(-1) ?? '');
  if (path.startsWith('/files/') && file) {
    response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(file.content);
  } else {
    response.writeHead(404).end('not found');
  }
}

async function upload(
  index: IndexServer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const fault = index.faults.uploads.shift();
  const body = await readBody(request, fault?.kind === 'cut' ? fault.afterBytes : undefined);
  if (fault?.kind === 'cut' || fault?.kind === 'silent') {
    if (fault.kind === 'cut') request.socket.destroy();
    return;
  }
  if (fault?.kind === 'status') return refuse(response, fault);
  const parts = parseMultipart(body, request.headers['content-type']);
  const reply = parts
    ? takeUpload(parts, request.headers.authorization, index.stored, index.rules)
    : { status: 400, reason: 'Malformed upload.' };
  if (fault?.kind === 'answer-lost') request.socket.destroy();
  else response.writeHead(reply.status, reply.reason).end(reply.reason);
}

function refuse(response: ServerResponse, fault: UploadFault & { kind: 'status' }): void {
  const headers = fault.retryAfter ? { 'retry-after': fault.retryAfter } : {};
  if (fault.reason) response.writeHead(fault.status, fault.reason, headers).end();
  else response.writeHead(fault.status, headers).end();
}

async function read(
  index: IndexServer,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const project = path.split('/')[2] ?? '';
  const files = listed(index);
  if (!project) return sendRoot(response, [...new Set(files.map((file) => file.project))]);
  const fault = index.faults.reads.shift();
  if (fault?.kind === 'status') return refuse(response, fault);
  if (fault?.kind === 'slow') await new Promise((go) => setTimeout(go, fault.milliseconds));
  const own = files.filter((file) => file.project === project);
  sendProject(response, request.headers.accept ?? '', index.form, project, own);
}

function listed(index: IndexServer): StoredFile[] {
  const { lost, hidesUploads } = index.faults;
  const files = hidesUploads ? [] : [...index.stored.files.values()];
  return files.filter((file) => !lost.has(file.fileName));
}

/** The body, or the part of it that arrives before `limit` bytes. */
async function readBody(request: IncomingMessage, limit = Infinity): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  if (limit === 0) return Buffer.alloc(0);
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size >= limit) break;
  }
  return Buffer.concat(chunks);
}
