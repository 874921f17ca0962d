import { execFileSync } from 'node:child_process';
import { existsSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pythonTools } from '@vllm-cpu/testing/python-tools';
import { startGithubServer } from '@vllm-cpu/testing/github-server';
import type { GithubServer } from '@vllm-cpu/testing/github-server';
import { startIndexServer } from '@vllm-cpu/testing/server';
import type { IndexServer } from '@vllm-cpu/testing/server';
import { clones, networkSettings, SHARED_WORKSPACE } from '../clone.ts';
import type { Clone, Clones } from '../clone.ts';
import { serve } from './script.ts';
import type { Server } from './script.ts';
import { runWorkflow } from './workflow-runner.ts';
import type { RunSettings, WorkflowRun } from './workflow-runner.ts';

/** Values that no log and no page may show. */
export const SECRETS = {
  NX_CACHE_WRITE_TOKEN: 'the-write-token',
  NX_CACHE_READ_TOKEN: 'the-read-token',
};
export const WEBHOOK_PATH = '/the-secret-part';

/** What a workflow meets: a repository, an index that trusts it, GitHub, and somebody to be notified. */
export interface ReleaseMachine {
  clone: Clone;
  folders: Clones;
  index: IndexServer;
  github: GithubServer;
  webhook: Server;
  run(
    workflow: string,
    inputs: Record<string, unknown>,
    more: Partial<RunSettings> & Pick<RunSettings, 'artifacts' | 'scratch'>,
    event?: Record<string, string>,
  ): Promise<WorkflowRun>;
  remove(): Promise<void>;
}

export async function releaseMachine(): Promise<ReleaseMachine> {
  const folders = clones();
  const clone = await folders.make();
  // The packages are linked, not installed: they count as up to date, whatever the times of files are.
  const record = join(clone.root, 'node_modules/.package-lock.json');
  if (!existsSync(record)) writeFileSync(record, '{}');
  utimesSync(join(clone.root, 'package-lock.json'), 0, 0);
  const index = await startIndexServer();
  index.rules.tokens.set('*', index.publisher.token);
  const github = await startGithubServer();
  const webhook = await serve((_request, response) => response.writeHead(204).end());
  const bin = await folders.folder('bin');
  const tools = pythonTools();
  for (const program of ['twine', 'uv']) symlinkSync(tools.program(program), join(bin, program));
  const settings = {
    root: clone.root,
    vars: {
      PYTHONS: pythonHere(),
      VLLM_CPU_INDEX: index.uploadUrl,
      VLLM_CPU_INDEX_READ_URL: index.simpleUrl,
      USE_INSTALLED_TWINE: 'true',
    },
    secrets: { ...SECRETS, RELEASE_WEBHOOK_URL: `${webhook.url}${WEBHOOK_PATH}` },
    env: {
      ...networkSettings(),
      PATH: `${bin}:${process.env['PATH'] ?? ''}`,
      HOME: process.env['HOME'] ?? clone.root,
      NX_ISOLATE_PLUGINS: 'false',
      NX_NO_CLOUD: 'true',
      VLLM_CPU_WORKSPACE: SHARED_WORKSPACE,
      GITHUB_REPOSITORY: 'owner/name',
      GITHUB_API_URL: github.baseUrl,
    },
    identity: {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${index.origin}/github-identity`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: index.publisher.requestToken,
    },
  };
  const context = {
    ...{ event_name: 'workflow_dispatch', ref: 'refs/heads/main', ref_name: 'main' },
    ...{ ref_type: 'branch', sha: 'c'.repeat(40), run_id: '1', repository: 'owner/name' },
    ...{ server_url: 'https://github.example.com', token: github.token },
  };
  return {
    ...{ clone, folders, index, github, webhook },
    run: (workflow, inputs, more, event = {}) =>
      runWorkflow(workflow, { ...settings, inputs, github: { ...context, ...event }, ...more }),
    remove: async () => {
      webhook.close();
      await Promise.all([index.close(), github.close()]);
      await folders.remove();
    },
  };
}

/** The first Python on PATH that the sample supports, as "3.12". */
function pythonHere(): string {
  const code = 'import sys; print("%d.%d" % sys.version_info[:2])';
  for (const program of ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10']) {
    try {
      const version = execFileSync(program, ['-c', code], { encoding: 'utf8', stdio: 'pipe' });
      if (/^3\.1[0-3]$/.test(version.trim())) return version.trim();
    } catch {
      // Not here: the next one.
    }
  }
  throw new Error('no Python from 3.10 to 3.13 is on PATH');
}

/** The steps that failed when others than `wanted` did, with what they printed; else nothing. */
export function unexpectedFailures(run: WorkflowRun, wanted: readonly string[] = []): string {
  const failed = run.steps.filter(({ ok }) => !ok);
  const names = failed.map(({ job, what }) => `${job}: ${what}`);
  if (names.join('\n') === wanted.join('\n')) return '';
  return [
    `wanted: ${wanted.join(', ') || 'no failure'}`,
    ...failed.map(({ output }, at) => `${names[at]}\n${output}`),
  ].join('\n');
}
