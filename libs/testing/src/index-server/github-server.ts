import { createServer } from 'node:http';
import Bottleneck from 'bottleneck';
import { githubSettings } from '@vllm-cpu/github/github-settings';
import { sha256 } from '@vllm-cpu/system/digest';
import { closeServer } from './server.ts';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { GithubSettings } from '@vllm-cpu/github/github-api';

export interface FakeAsset {
  id: number;
  name: string;
  state: 'uploaded' | 'starter';
  content: Buffer;
}

export interface FakeRelease {
  id: number;
  tag_name: string;
  name: string;
  body: string;
  draft: boolean;
  prerelease: boolean;
  assets: FakeAsset[];
}

/** What goes wrong with one upload of an asset. */
export type AssetFault = 'answer-500' | 'cut' | 'answer-lost' | 'too-fast' | 'used-up';

/** The part of GitHub's release API that publishing uses, as its documentation describes it. */
export interface GithubServer {
  baseUrl: string;
  token: string;
  releases: FakeRelease[];
  /** Taken by turn, one for each upload under a free name; undefined means health. */
  faults: (AssetFault | undefined)[];
  /** Older GitHub Enterprise does not say an asset's digest. */
  saysDigest: boolean;
  writes: number;
  close: () => Promise<void>;
}

export async function startGithubServer(): Promise<GithubServer> {
  const server = createServer((request, response) => {
    void answer(github, request, response).catch(() => response.destroy());
  });
  const github: GithubServer = {
    baseUrl: '',
    token: 'github-token-for-tests',
    releases: [],
    faults: [],
    saysDigest: true,
    writes: 0,
    close: () => closeServer(server),
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  github.baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return github;
}

let lastId = 0;

async function answer(
  github: GithubServer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', github.baseUrl);
  const method = request.method ?? 'GET';
  const reply: Reply = (status, value, headers = {}) =>
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(value));
  if (request.headers.authorization !== `token ${github.token}`) {
    return void reply(401, { message: 'Bad credentials' });
  }
  const path = url.pathname.replace(/^\/(uploads\/)?repos\/owner\/name\/releases/, '');
  const body = await readAll(request);
  if (method !== 'GET') github.writes += 1;
  const assetId = /^\/assets\/(\d+)$/.exec(path)?.[1];
  const releaseId = /^\/(\d+)(\/assets)?$/.exec(path)?.[1];
  const release = github.releases.find((candidate) => candidate.id === Number(releaseId));
  if (path === '' && method === 'GET') {
    const page = Number(url.searchParams.get('page') ?? '1');
    reply(200, page === 1 ? github.releases.map((found) => shown(github, found)) : []);
  } else if (path === '' && method === 'POST') {
    const sent = JSON.parse(body.toString()) as FakeRelease;
    const made = { ...sent, id: ++lastId, assets: [] };
    github.releases.push(made);
    reply(201, shown(github, made));
  } else if (assetId) {
    oneAsset(github, Number(assetId), method, response, reply);
  } else if (release && path.endsWith('/assets') && method === 'POST') {
    upload(github, release, url.searchParams.get('name') ?? '', body, request, reply);
  } else if (release && path.endsWith('/assets')) {
    reply(
      200,
      release.assets.map((asset) => shownAsset(github, asset)),
    );
  } else if (release && method === 'PATCH') {
    Object.assign(release, JSON.parse(body.toString()));
    reply(200, shown(github, release));
  } else {
    reply(404, { message: 'Not Found' });
  }
}

type Reply = (status: number, value: unknown, headers?: Record<string, string>) => unknown;

/** "Rate limits for the REST API" in GitHub's documentation: both answer 403 as well as 429. */
function refuseForNow(fault: 'too-fast' | 'used-up', reply: Reply): void {
  if (fault === 'too-fast') {
    reply(403, { message: 'You have exceeded a secondary rate limit.' }, { 'retry-after': '7' });
  } else {
    const reset = String(Math.floor(Date.now() / 1_000) + 30);
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset };
    reply(403, { message: 'API rate limit exceeded.' }, headers);
  }
}

function upload(
  github: GithubServer,
  release: FakeRelease,
  name: string,
  content: Buffer,
  request: IncomingMessage,
  reply: Reply,
): void {
  if (release.assets.some((asset) => asset.name === name)) {
    reply(422, { message: 'Validation Failed', errors: [{ code: 'already_exists' }] });
    return;
  }
  const fault = github.faults.shift();
  if (fault === 'too-fast' || fault === 'used-up') return refuseForNow(fault, reply);
  const whole = fault !== 'cut';
  const state = whole ? 'uploaded' : 'starter';
  const part = whole ? content : content.subarray(0, content.length / 2);
  const asset: FakeAsset = { id: ++lastId, name, state, content: part };
  if (fault !== 'answer-500') release.assets.push(asset);
  if (fault === 'cut' || fault === 'answer-lost') request.socket.destroy();
  else if (fault === 'answer-500') reply(500, { message: 'Server Error' });
  else reply(201, shownAsset(github, asset));
}

function oneAsset(
  github: GithubServer,
  id: number,
  method: string,
  response: ServerResponse,
  reply: Reply,
): void {
  const holder = github.releases.find((release) => release.assets.some((one) => one.id === id));
  const asset = holder?.assets.find((one) => one.id === id);
  if (!holder || !asset) {
    reply(404, { message: 'Not Found' });
  } else if (method === 'DELETE') {
    holder.assets = holder.assets.filter((one) => one !== asset);
    response.writeHead(204).end();
  } else {
    response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(asset.content);
  }
}

function shown(github: GithubServer, release: FakeRelease): unknown {
  const { assets, ...plain } = release;
  return {
    ...plain,
    html_url: `https://github.example.com/owner/name/releases/${release.tag_name}`,
    upload_url: `${github.baseUrl}/uploads/repos/owner/name/releases/${release.id}/assets{?name,label}`,
    assets: assets.map((asset) => shownAsset(github, asset)),
  };
}

function shownAsset(github: GithubServer, asset: FakeAsset): unknown {
  const { id, name, state, content } = asset;
  const digest = github.saysDigest ? `sha256:${sha256(content)}` : null;
  return { id, name, state, size: content.length, digest };
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Settings that reach it as owner/name; what would last seconds lasts milliseconds. */
export function settingsFor(
  github: GithubServer,
  { token = github.token, ...given }: Partial<GithubSettings> = {},
): GithubSettings {
  const env = { GITHUB_REPOSITORY: 'owner/name', GITHUB_TOKEN: token };
  return {
    ...githubSettings(env, { baseUrl: github.baseUrl }),
    pace: {
      retry: { retryAfterBaseValue: 1 },
      throttle: {
        retryAfterBaseValue: 1,
        write: new Bottleneck.Group({ maxConcurrent: 1 }),
        notifications: new Bottleneck.Group({ maxConcurrent: 1 }),
      },
    },
    print: () => undefined,
    ...given,
  };
}
