import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { pythonTools } from '../tools/executors/src/testing/python-tools.ts';
import { requires } from '../tools/executors/src/testing/requires.ts';
import { startGithubServer } from '../tools/executors/src/testing/index-server/github-server.ts';
import type { GithubServer } from '../tools/executors/src/testing/index-server/github-server.ts';
import { startIndexServer } from '../tools/executors/src/testing/index-server/server.ts';
import type { IndexServer } from '../tools/executors/src/testing/index-server/server.ts';
import { artifactStore } from './support/artifacts.ts';
import type { Artifacts } from './support/artifacts.ts';
import { clones, SHARED_WORKSPACE } from './support/clone.ts';
import type { Clone } from './support/clone.ts';
import { serve } from './support/script.ts';
import type { Server } from './support/script.ts';
import { runWorkflow } from './support/workflow-runner.ts';
import type { RunSettings, WorkflowRun } from './support/workflow-runner.ts';

/** Generous: the machine may be busy. */
const TIMEOUT = 15 * 60_000;
const tools = pythonTools();
const itWithTools = requires(tools.reason || 'twine', tools.available);

const made = clones();
let clone: Clone;
let index: IndexServer;
let github: GithubServer;
let webhook: Server;
let bin: string;

/** How this machine reaches its package index, and what a fresh one has. */
function machine(): Record<string, string> {
  const own = Object.entries(process.env).filter(([name]) =>
    /^(PIP_|UV_|SSL_|https?_proxy$)/i.test(name),
  );
  return {
    ...(Object.fromEntries(own) as Record<string, string>),
    PATH: `${bin}:${process.env['PATH'] ?? ''}`,
    HOME: process.env['HOME'] ?? clone.root,
    NX_ISOLATE_PLUGINS: 'false',
    NX_NO_CLOUD: 'true',
    VLLM_CPU_WORKSPACE: SHARED_WORKSPACE,
    GITHUB_REPOSITORY: 'owner/name',
    GITHUB_API_URL: github.baseUrl,
  };
}

const SECRETS = { NX_CACHE_WRITE_TOKEN: 'the-write-token', NX_CACHE_READ_TOKEN: 'the-read-token' };

async function release(
  name: string,
  inputs: Record<string, unknown>,
  more: Partial<RunSettings> & { artifacts: Artifacts },
): Promise<WorkflowRun> {
  const version = execFileSync('python3', [
    '-c',
    'import sys; print("%d.%d" % sys.version_info[:2])',
  ]);
  return runWorkflow('release.yml', {
    root: clone.root,
    scratch: await made.folder(name),
    github: {
      ...{ event_name: 'workflow_dispatch', ref: 'refs/heads/main', ref_name: 'main' },
      ...{ ref_type: 'branch', sha: 'c'.repeat(40), run_id: '1', repository: 'owner/name' },
      ...{ server_url: 'https://github.example.com', token: github.token },
      event: { repository: { default_branch: 'main' } },
    },
    inputs: { versions: 'sample', platforms: 'x86_64', ...inputs },
    vars: {
      PYTHONS: String(version).trim(),
      VLLM_CPU_INDEX: index.uploadUrl,
      VLLM_CPU_INDEX_READ_URL: index.simpleUrl,
      USE_INSTALLED_TWINE: 'true',
    },
    secrets: { ...SECRETS, RELEASE_WEBHOOK_URL: `${webhook.url}/the-secret-part` },
    env: machine(),
    identity: {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${index.origin}/github-identity`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: index.publisher.requestToken,
    },
    ...more,
  });
}

beforeAll(async () => {
  clone = await made.make();
  // The packages are linked, not installed; a lock file that is newer would count as stale.
  utimesSync(join(clone.root, 'package-lock.json'), 0, 0);
  index = await startIndexServer();
  index.rules.tokens.set('*', index.publisher.token);
  github = await startGithubServer();
  webhook = await serve((_request, response) => response.writeHead(204).end());
  bin = await made.folder('bin');
  for (const program of ['twine', 'uv']) symlinkSync(tools.program(program), join(bin, program));
}, TIMEOUT);
afterAll(async () => {
  webhook.close();
  await Promise.all([index.close(), github.close()]);
  await made.remove();
}, TIMEOUT);

const published = () => [...index.stored.files.keys()].sort();
const page = () => github.releases.at(-1);
const onPage = () => page()?.assets.map(({ name }) => name) ?? [];
const message = () => JSON.parse(webhook.asked.at(-1)?.body ?? '') as Record<string, unknown>;
const scripts = (run: WorkflowRun) => run.steps.map(({ job, what }) => `${job}: ${what}`);

/** The steps that failed; their output is in the message of a test that expects others. */
function expectFailed(run: WorkflowRun, wanted: readonly string[]): void {
  const failed = run.steps.filter(({ ok }) => !ok);
  const names = failed.map(({ job, what }) => `${job}: ${what}`);
  const told = failed.map(({ output }, at) => `${names[at]}\n${output}`).join('\n');
  expect(names.join('\n') === wanted.join('\n') ? '' : told).toBe('');
}

describe('a release run in which one variant cannot be built', () => {
  const broken = 'wheels (avx512-0.0.1-linux-x86_64) / build';
  let run: WorkflowRun;
  let store: string;

  beforeAll(async () => {
    store = await made.folder('artifacts-1');
    run = await release(
      'first',
      { variants: 'noavx512, avx512' },
      {
        artifacts: artifactStore(store),
        broken: (job): Record<string, string> =>
          job === broken ? { VLLM_CPU_MAX_JOBS: 'none' } : {},
      },
    );
  }, TIMEOUT);

  itWithTools('publishes the other one, in the very bytes that were proven', () => {
    expectFailed(run, [`${broken}: node scripts/ci/build-wheel.mjs`]);
    expect(run.results).toEqual({
      ...{ pin: 'skipped', check: 'success', wheels: 'failure', publish: 'success' },
      ...{ 'github-release': 'success', report: 'success' },
    });
    expect(published()).toEqual([expect.stringMatching(/^vllm_cpu-0\.0\.1-.*\.whl$/)]);
    const [file = ''] = published();
    const proven = readFileSync(join(store, 'proven-noavx512-0.0.1-linux-x86_64', file));
    expect(index.stored.files.get(file)?.content.equals(proven)).toBe(true);
  });

  itWithTools('logs in by the identity of the one job that has it, and by nothing else', () => {
    expect(index.publisher.exchanges).toBe(1);
    const uploads = index.requests.filter(({ line }) => line.startsWith('POST /legacy/'));
    expect(uploads).toHaveLength(1);
  });

  itWithTools('makes a release page with the wheel, its report and the checksums', () => {
    const wheel = published()[0] ?? '';
    expect(onPage()).toEqual([wheel, wheel.replace(/whl$/, 'report.json'), 'SHA256SUMS']);
    expect(page()).toMatchObject({ tag_name: 'v0.0.1', draft: false });
  });

  itWithTools('tells the webhook what was built, published and failed, and why', () => {
    expect(message()).toMatchObject({
      schemaVersion: 1,
      repository: 'owner/name',
      run: 'https://github.example.com/owner/name/actions/runs/1',
      event: 'workflow_dispatch',
      result: 'partial',
      built: [{ project: 'vllm-cpu', file: published()[0] }],
      published: [{ project: 'vllm-cpu', version: '0.0.1', platform: 'linux-x86_64' }],
      failed: [
        {
          project: 'vllm-cpu-avx512',
          outcome: 'build failed',
          reason: expect.stringContaining('[SETTING_INVALID]: VLLM_CPU_MAX_JOBS is "none"'),
        },
      ],
      failedJobs: ['wheels'],
      releases: [{ version: '0.0.1', url: expect.stringContaining('/releases/v0.0.1') }],
    });
  });

  itWithTools('shows tables on the page of the run', () => {
    const headings = ['To build', 'Built', 'Published', 'GitHub release', 'Release run: partial'];
    for (const heading of headings) expect(run.summary).toContain(`## ${heading}\n`);
    expect(run.summary).toMatch(/\| vllm-cpu-avx512 \| 0\.0\.1 \| linux-x86_64 \| build failed \|/);
    expect(run.summary).toMatch(/\| instruction-sets \| passed \|/);
  });

  itWithTools('shows no secret, neither in a log nor on the page', () => {
    const shown = [run.summary, ...run.steps.map(({ output }) => output)].join('\n');
    const secrets = [...Object.values(SECRETS), webhook.url, 'the-secret-part', github.token];
    secrets.push(index.publisher.identity, index.publisher.requestToken, index.publisher.token);
    expect(secrets.filter((secret) => shown.includes(secret))).toEqual([]);
  });
});

describe('the next run', () => {
  let run: WorkflowRun;

  beforeAll(async () => {
    const artifacts = artifactStore(await made.folder('artifacts-2'));
    run = await release('second', { variants: 'noavx512, avx512' }, { artifacts });
  }, TIMEOUT);

  itWithTools('builds only what is missing, and completes index and release page', () => {
    expectFailed(run, []);
    expect(scripts(run).filter((step) => step.endsWith('build-wheel.mjs'))).toEqual([
      'wheels (avx512-0.0.1-linux-x86_64) / build: node scripts/ci/build-wheel.mjs',
    ]);
    expect(published().map((name) => name.split('-')[0])).toEqual(['vllm_cpu', 'vllm_cpu_avx512']);
    expect(onPage().filter((name) => name.endsWith('.whl'))).toHaveLength(2);
    expect(onPage().filter((name) => name.endsWith('.report.json'))).toHaveLength(2);
    expect(message()).toMatchObject({ result: 'success', failed: [], failedJobs: [] });
  });

  itWithTools('leaves a page that speaks of all wheels of the version', () => {
    expect(page()?.body).toContain('| `vllm-cpu` |');
    expect(page()?.body).toContain('| `vllm-cpu-avx512` |');
    const sums = page()
      ?.assets.find(({ name }) => name === 'SHA256SUMS')
      ?.content.toString();
    expect(sums?.trim().split('\n')).toHaveLength(2);
  });
});

describe('an hour in which nothing is missing', () => {
  itWithTools(
    'ends after the check, and notifies nobody',
    async () => {
      const before = webhook.asked.length;
      const artifacts = artifactStore(await made.folder('artifacts-3'));
      const run = await release('third', { variants: 'noavx512, avx512' }, { artifacts });
      expectFailed(run, []);
      const { check, ...others } = run.results;
      expect(check).toBe('success');
      expect(new Set(Object.values(others))).toEqual(new Set(['skipped']));
      expect(webhook.asked).toHaveLength(before);
    },
    TIMEOUT,
  );
});

describe('a dry run with the wheels of an earlier run', () => {
  itWithTools(
    'builds nothing, sends nothing, and says what it would do',
    async () => {
      const writes = github.writes;
      const folder = await made.folder('elsewhere');
      const artifacts = artifactStore(await made.folder('artifacts-1'));
      const run = await release(
        'fourth',
        { variants: 'noavx512', dry_run: true, from_run: '1', index: `file:${folder}` },
        { artifacts },
      );
      expectFailed(run, []);
      expect(run.results).toMatchObject({ wheels: 'skipped', publish: 'success' });
      expect(run.summary).toMatch(/vllm_cpu-0\.0\.1-\S+\.whl \| dry run: would be uploaded/);
      expect(scripts(run)).not.toContainEqual(expect.stringContaining('attest'));
      expect(github.writes).toBe(writes);
      expect(readdirSync(folder)).toEqual([]);
      expect(message()).toMatchObject({ dryRun: true, published: [] });
    },
    TIMEOUT,
  );
});
