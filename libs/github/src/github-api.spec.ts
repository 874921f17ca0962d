import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { settingsFor, startGithubServer } from '@vllm-cpu/testing/github-server';
import type { GithubServer } from '@vllm-cpu/testing/github-server';
import { proxiedFetch } from '@vllm-cpu/system/proxied-fetch';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { githubApi } from './github-api.ts';
import type { GithubSettings } from './github-api.ts';

describe('a call to GitHub', () => {
  let github: GithubServer;
  let printed: string[];
  let asked: string[];
  const open: { close: () => unknown }[] = [];
  beforeEach(async () => {
    github = await startGithubServer();
    open.push(github);
    [printed, asked] = [[], []];
  });
  afterEach(() => Promise.all(open.splice(0).map((server) => server.close())));

  /** The address of a server that notes what it is asked for. */
  async function serve(answer: RequestListener): Promise<string> {
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      answer(request, response);
    });
    return listening(server);
  }
  async function listening(server: Server): Promise<string> {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    open.push({ close: () => (server.closeAllConnections(), server.close()) });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const listReleases = (given: Partial<GithubSettings>) => {
    const print = (line: string) => printed.push(line);
    const ask = githubApi(settingsFor(github, { print, ...given }));
    return ask('listing the releases', async ({ rest }, place) => {
      return (await rest.repos.listReleases({ ...place })).data;
    });
  };

  it('is repeated where GitHub fails, or does not answer', async () => {
    const baseUrl = await serve((_, response) => {
      if (asked.length === 1) response.writeHead(502).end();
      else if (asked.length === 2) response.destroy();
      else response.writeHead(200, { 'content-type': 'application/json' }).end('[]');
    });
    expect(await listReleases({ baseUrl })).toEqual([]);
    expect(asked).toHaveLength(3);
  });

  it('that fails every time is an error with what GitHub said', async () => {
    const baseUrl = await serve((_, response) => response.writeHead(503).end('out of order'));
    await expect(listReleases({ baseUrl })).rejects.toMatchObject({
      code: 'GITHUB_FAILED',
      what: 'GitHub: listing the releases in owner/name failed',
      why: expect.stringContaining('503: out of order'),
    });
    expect(asked.length).toBeGreaterThan(1);
  });

  it('with a token that GitHub does not take is made once, and the token is nowhere to be seen', async () => {
    const failed = await listReleases({ token: 'wrong-token-here' }).catch((error) => error);
    expect(failed).toMatchObject({
      code: 'GITHUB_FORBIDDEN',
      why: expect.stringContaining('401: Bad credentials'),
    });
    expect([failed.message, ...printed].join('\n')).not.toContain('wrong-token-here');
  });

  it('does not wait for a limit that lasts longer than ten minutes', async () => {
    const reset = String(Math.floor(Date.now() / 1_000) + 3_000);
    const baseUrl = await serve((_, response) => {
      response.writeHead(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset });
      response.end('API rate limit exceeded.');
    });
    await expect(listReleases({ baseUrl })).rejects.toMatchObject({ code: 'GITHUB_FAILED' });
    expect(asked).toHaveLength(1);
    expect(printed).toEqual(['rate limit of GitHub reached at GET /repos/{owner}/{repo}/releases']);
  });

  it('goes to the API of GitHub Enterprise, whose path it keeps', async () => {
    const base = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('[]');
    });
    await listReleases({ baseUrl: `${base}/api/v3/` });
    expect(asked).toEqual(['GET /api/v3/repos/owner/name/releases']);
  });

  it('goes through the proxy that the environment names', async () => {
    const proxy = createServer().on('connect', ({ url }, socket: Socket) => {
      asked.push(`CONNECT ${url}`);
      const behind = connect(Number(new URL(github.baseUrl).port), '127.0.0.1');
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket
        .pipe(behind)
        .pipe(socket)
        .on('close', () => behind.destroy());
    });
    const fetch = proxiedFetch({ http_proxy: await listening(proxy) });
    expect(await listReleases({ baseUrl: 'http://github.example.com', fetch })).toEqual([]);
    expect(asked).toEqual(['CONNECT github.example.com:80']);
  });
});
