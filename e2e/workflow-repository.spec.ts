import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fixtureFiles } from '@vllm-cpu/testing/upstream-fixture';
import { createRunner } from '@vllm-cpu/system/run';
import { commitFiles } from '@vllm-cpu/testing/git-fixture';
import { clones, networkSettings, SHARED_WORKSPACE } from './support/clone.ts';
import type { Clone } from './support/clone.ts';
import { runScript, serve } from './support/workflows/script.ts';
import type { Answer, Server } from './support/workflows/script.ts';

/** Generous: the machine may be busy. */
const TIMEOUT = 5 * 60_000;

describe('a release run, in a repository', () => {
  const made = clones();
  let clone: Clone;
  let upstream: string;
  let origin: string;
  beforeAll(async () => {
    clone = await made.make();
    upstream = await made.folder('upstream');
    const files = fixtureFiles({ switches: ['bf16', 'vnni', 'amx'] });
    await commitFiles(upstream, files, 'v0.11.0');
    await commitFiles(upstream, files, 'v0.34.1');
    origin = join(await made.folder('origin'), 'bare.git');
    await git('init', '--quiet', '--bare', origin);
    await git('remote', 'add', 'origin', origin);
    await git('push', '--quiet', 'origin', 'HEAD:refs/heads/main');
  }, TIMEOUT);
  const open: Server[] = [];
  const serving = async (answer: Answer) => {
    const server = await serve(answer);
    open.push(server);
    return server;
  };
  afterAll(async () => {
    open.forEach((server) => server.close());
    await made.remove();
  }, TIMEOUT);

  const git = (...words: string[]) =>
    createRunner().run({
      argv: ['git', '-C', clone.root, ...words],
      env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent' },
    });
  const here = (name: string, env: Record<string, string> = {}) =>
    runScript(
      name,
      {
        NX_NO_CLOUD: 'true',
        NX_ISOLATE_PLUGINS: 'false',
        VLLM_CPU_WORKSPACE: SHARED_WORKSPACE,
        VLLM_CPU_INDEX: `file:${join(clone.root, 'no-index')}`,
        VLLM_CPU_UPSTREAM: upstream,
        // The lock of a new pin is resolved on this machine's package index.
        ...networkSettings(),
        ...env,
      },
      clone.root,
    );
  it(
    'plan-release takes pin and suffix from a tag, and refuses one of no pin',
    async () => {
      const done = await here('plan-release', { TAG: 'v0.12.0.post1', VARIANTS: 'noavx512' });
      const { include } = JSON.parse(done.outputs['matrix'] ?? '') as { include: unknown[] };
      expect(include).toEqual([
        expect.objectContaining({
          id: 'noavx512-0.12.0.post1-linux-x86_64',
          release: '0.12.0',
          suffix: '.post1',
          image: expect.stringContaining('manylinux_2_28_x86_64@sha256:'),
          pythons: '3.10,3.11,3.12,3.13',
        }),
        expect.objectContaining({ runner: 'ubuntu-24.04-arm', platform: 'linux-aarch64' }),
      ]);
      expect(done.outputs['count']).toBe('2');
      const other = await here('plan-release', { TAG: 'v7.0' });
      expect(other.status).toBe(1);
      expect(other.output).toContain('no pinned release for tag v7.0');
    },
    TIMEOUT,
  );

  it(
    'plan-release holds back what three runs tried at this commit, and nothing where it cannot ask',
    async () => {
      const sha = 'c'.repeat(40);
      const commits = { avx512: [sha, sha, sha], noavx512: [sha, sha, 'd'.repeat(40)] };
      const { url, close } = await serving((request, response) => {
        const name = /name=state-build-(\w+)-/.exec(request.url ?? '')?.[1] ?? '';
        const artifacts = commits[name as keyof typeof commits].map((head_sha) => ({
          workflow_run: { head_sha },
        }));
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ total_count: artifacts.length, artifacts }));
      });
      const env = { GITHUB_REPOSITORY: 'owner/name', GITHUB_TOKEN: 'the-token', SHA: sha };
      const plan = (more: Record<string, string>) =>
        here('plan-release', {
          ...{ VERSIONS: '0.12.0', VARIANTS: 'noavx512, avx512', PLATFORMS: 'x86_64' },
          ...{ ...env, MAX_TRIES: '3', ...more },
        });
      const done = await plan({ GITHUB_API_URL: url });
      expect(done.outputs['matrix']).toContain('"noavx512"');
      expect(done.outputs['count']).toBe('1');
      expect(done.output).toContain('avx512-0.12.0-linux-x86_64 is held back: 3 runs tried it');
      close();
      const alone = await plan({ GITHUB_API_URL: 'http://127.0.0.1:1' });
      expect(alone.outputs['count']).toBe('2');
      expect(alone.output).toContain('how often avx512-0.12.0-linux-x86_64 was tried is not known');
    },
    TIMEOUT,
  );

  it(
    'pin-new proposes each new release by a branch and a pull request, once',
    async () => {
      const { url, asked } = await serving((request, response) => {
        const made = { html_url: 'https://github.example.com/owner/name/pull/1' };
        const status = request.url?.endsWith('/dispatches') ? 204 : 201;
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(status === 204 ? '' : JSON.stringify(made));
      });
      const env = {
        GITHUB_API_URL: url,
        GITHUB_REPOSITORY: 'owner/name',
        GITHUB_TOKEN: 'the-token',
      };
      // Nx takes a version of two parts for a number.
      const more = { ...env, PIN_MINIMUM: '0.34', PIN_EXCLUDE: '0.9' };
      const done = await here('pin-new', more);
      expect(done.status === 0 ? '' : done.output).toBe('');
      expect(asked.map(({ line }) => line)).toEqual([
        'POST /repos/owner/name/pulls',
        'POST /repos/owner/name/actions/workflows/ci.yml/dispatches',
      ]);
      const sent = JSON.parse(asked[0]?.body ?? '') as Record<string, string>;
      expect(sent).toMatchObject({ head: 'pin/0.34.1', base: 'main' });
      expect(sent['body']).toContain('| torch |');
      const pin = await git('show', 'origin/pin/0.34.1:packages/upstream/releases/0.34.1.json');
      expect(JSON.parse(pin.stdout)).toMatchObject({ version: '0.34.1', active: true });
      const head = (await git('rev-parse', 'HEAD')).stdout.trim();
      expect(done.outputs['ref']).toBe(head);

      const again = await here('pin-new', more);
      expect(again).toMatchObject({
        status: 0,
        output: expect.stringMatching(/0\.34\.1 is proposed already/),
      });
      expect(asked).toHaveLength(2);
    },
    TIMEOUT,
  );

  it(
    'pin-new commits on the branch where it is told to, hands on that commit, and fails for what it cannot pin',
    async () => {
      await commitFiles(upstream, { 'pyproject.toml': 'of a form that nobody knows' }, 'v0.34.2');
      await commitFiles(upstream, fixtureFiles({ switches: ['bf16', 'vnni', 'amx'] }), 'v0.34.3');
      const done = await here('pin-new', { PIN_MODE: 'push' });
      expect(done.status).toBe(1);
      expect(done.output).toContain('not pinned: 0.34.2');
      // Nothing is said of the oldest: what came before the newest active pin is not new.
      expect(done.output).not.toContain('0.11.0');
      await git('fetch', '--quiet', 'origin');
      const { stdout } = await git('log', '-1', '--format=%H %s', 'origin/main');
      expect(stdout.trim()).toBe(`${done.outputs['ref']} feat(upstream): pin 0.34.3`);
    },
    TIMEOUT,
  );

  it(
    'report-release says of a wheel whose job died that it did, and asks no index in a dry run',
    async () => {
      const job = {
        ...{ id: 'x', project: 'vllm-cpu', version: '1', platform: 'linux-x86_64' },
        ...{ variant: 'noavx512', release: '1' },
      };
      const done = await here('report-release', {
        MATRIX: JSON.stringify({ include: [job] }),
        RESULTS: JSON.stringify({ check: { result: 'success' }, wheels: { result: 'failure' } }),
        DRY_RUN: 'true',
      });
      expect(done.status).toBe(0);
      const file = join(clone.root, 'dist/ci/release-report.json');
      expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
        result: 'failure',
        failed: [{ outcome: 'build failed', reason: expect.stringContaining('no state') }],
        failedJobs: ['wheels'],
      });
    },
    TIMEOUT,
  );
});
