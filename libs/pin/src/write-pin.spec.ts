import { mkdtempSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { format } from 'prettier';
import { loadVariants } from '@vllm-cpu/sources/catalogue';
import { loadEdits } from '@vllm-cpu/sources/edits';
import { allowedEnv, createRunner } from '@vllm-cpu/system/run';
import { sdistEntries, writeSdist } from '@vllm-cpu/testing/sdist-fixture';
import { recordAbsence } from './record-absence.ts';
import { recordEquivalence } from './record-equivalence.ts';
import { activate } from './edit-pin.ts';
import { pinReleases } from './write-pin.ts';
import type { PinRequest } from './write-pin.ts';
import {
  commitTag,
  fixtureFiles,
  makeUpstream,
  testGit,
  unifiedFiles,
} from '@vllm-cpu/testing/upstream-fixture';

const root = join(import.meta.dirname, '../../..');
const variants = loadVariants(root);
const scratch = mkdtempSync(join(tmpdir(), 'pin-'));
const upstream = join(scratch, 'upstream');
const oneDnn = join(scratch, 'onednn');
const git = testGit();
// Those that take AMX out of a module: named by the releases that really need them.
const edits = loadEdits(root);
let releasesDir = '';

// Each test starts some dozens of git processes.
jest.setTimeout(60_000);

const early = fixtureFiles({
  switches: ['bf16'],
  oneDnn: 'v3.7.1',
  buildRequirements: 'build',
  torch: { x86: '2.6.0', arm: '2.7.0' },
  requiresPython: '>=3.9,<3.13',
});
const late = fixtureFiles({ switches: ['bf16', 'vnni', 'amx'] });

beforeAll(async () => {
  await makeUpstream(git, upstream, {
    'v0.8.5': early,
    'v0.12.0': late,
    'v0.33.0': unifiedFiles(),
  });
  // A branch of a tag's name, at another commit, must not be read in the tag's place.
  await git.run(['-C', upstream, 'branch', 'v0.8.5', 'refs/tags/v0.33.0']);
  await git.run(['-C', upstream, 'tag', 'nightly', 'refs/tags/v0.12.0']);
  await makeUpstream(git, oneDnn, { 'v3.7.1': { 'CMakeLists.txt': '' } });
});

beforeEach(() => {
  releasesDir = join(mkdtempSync(join(scratch, 'releases-')), 'releases');
});

afterAll(() => rm(scratch, { recursive: true, force: true }));

/** `repository` as VLLM_CPU_UPSTREAM would name it: a repository, or source distributions. */
const pin = (
  selection: string,
  { repository = upstream, ...options }: Partial<PinRequest> & { repository?: string } = {},
) =>
  pinReleases({
    ...{ selection, store: join(scratch, 'store.git'), releasesDir, refusals: [], edits },
    access: {
      git,
      sdists: {
        ...{ setting: repository, store: join(scratch, 'sdists'), report: () => undefined },
        openIndex: () => Promise.reject(new Error('the index is not asked')),
      },
    },
    reading: { variants, cmake: { runner: createRunner(), env: allowedEnv(process.env) } },
    ...options,
  });

const files = async (): Promise<string[]> => (await readdir(releasesDir).catch(() => [])).sort();
const stored = (name: string) => readFile(join(releasesDir, `${name}.json`), 'utf8');
const commitAt = async (tag: string): Promise<string> =>
  (await git.run(['-C', upstream, 'rev-parse', `refs/tags/${tag}^{commit}`])).stdout.trim();

describe('pinReleases', () => {
  it('writes what the files at the tag say, and upstream as the repository', async () => {
    const results = await pin('0.8.5', { oneDnnRepository: oneDnn });
    expect(results).toMatchObject([{ name: '0.8.5', change: 'new', notes: [] }]);
    expect(JSON.parse(await stored('0.8.5'))).toMatchObject({
      version: '0.8.5',
      active: false,
      source: {
        kind: 'git',
        repository: 'https://github.com/vllm-project/vllm.git',
        tag: 'v0.8.5',
        commit: await commitAt('v0.8.5'),
        commitTime: 1767225600,
        requiresPython: '>=3.9,<3.13',
        torch: { 'linux-x86_64': '2.6.0', 'linux-aarch64': '2.7.0' },
        oneDnn: { tag: 'v3.7.1', commit: expect.stringMatching(/^[0-9a-f]{40}$/) },
        buildRequirements: 'requirements/build.txt',
        pyLimitedApi: 'cp38',
      },
      equivalences: [
        { variant: 'avx512vnni', to: 'avx512', evidence: 'cmake' },
        { variant: 'amxbf16', to: 'avx512bf16', evidence: 'cmake' },
      ],
    });
  });

  it('reads a git URL as it reads a local repository, byte for byte', async () => {
    await pin('0.8.5, 0.12.0');
    const local = await stored('0.12.0');
    await rm(releasesDir, { recursive: true });
    await pin('0.8.5-0.12.0', { repository: `file://${upstream}` });
    expect(await files()).toEqual(['0.12.0.json', '0.8.5.json']);
    expect(await stored('0.12.0')).toBe(local);
  });

  it('writes what the formatter would', async () => {
    await pin('0.8.5, 0.12.0');
    for (const name of ['0.8.5', '0.12.0']) {
      const text = await stored(name);
      expect(await format(text, { parser: 'json', printWidth: 100 })).toBe(text);
    }
  });

  it('says unchanged the second time, and keeps what was recorded by hand', async () => {
    await pin('0.12.0');
    const place = {
      releasesDir,
      release: '0.12.0',
      variants,
      platform: 'linux-x86_64',
      edits,
    } as const;
    await activate({ releasesDir, release: '0.12.0', active: true });
    await recordEquivalence({ ...place, variant: 'avx512vnni', to: 'avx512' });
    const [features, reason] = [['avx512_vnni'], 'only the BF16 kernels use it'];
    await recordAbsence({ ...place, variant: 'avx512vnni', features, reason });
    const before = await stored('0.12.0');
    expect(await pin('0.12.0')).toMatchObject([{ change: 'unchanged', notes: [] }]);
    expect(await stored('0.12.0')).toBe(before);
    expect(JSON.parse(before)).toMatchObject({
      active: true,
      equivalences: [{ evidence: 'machine-code' }],
      absent: [{ reason }],
    });
  });

  it('keeps a verified oneDNN commit when run without its repository', async () => {
    await pin('0.8.5', { oneDnnRepository: oneDnn });
    expect(await pin('0.8.5')).toMatchObject([{ change: 'unchanged' }]);
  });

  it('leaves oneDNN unverified, and says so, where its repository may fail and does', async () => {
    const lines: string[] = [];
    const request = { oneDnnRepository: join(scratch, 'nowhere'), report: lines.push.bind(lines) };
    await expect(pin('0.8.5', request)).rejects.toMatchObject({ code: 'UPSTREAM_UNREACHABLE' });
    const [result] = await pin('0.8.5', { ...request, oneDnnMayFail: true });
    expect(result?.pin.source.oneDnn).toEqual({ tag: 'v3.7.1', commit: null });
    expect(lines.join('\n')).toContain('oneDNN');
  });

  it('says what a dry run would write, and writes nothing', async () => {
    expect(await pin('0.8.5', { dryRun: true })).toMatchObject([{ change: 'new' }]);
    expect(await files()).toEqual([]);
    await pin('0.8.5');
    expect(await pin('0.8.5', { dryRun: true, oneDnnRepository: oneDnn })).toMatchObject([
      { change: 'changed' },
    ]);
  });

  it('writes the modules and all else that a release of several modules has', async () => {
    await pin('0.33.0');
    expect(JSON.parse(await stored('0.33.0'))).toMatchObject({
      source: {
        ...{ kind: 'git', commit: await commitAt('v0.33.0'), cxxStandard: 20 },
        oneDnnAarch64: { commit: '9'.repeat(40) },
        modules: {
          'linux-x86_64': [
            { name: '_C' },
            { name: '_C_AVX512' },
            { name: '_C_AVX2' },
            { name: 'spinloop', pyLimitedApi: 'cp311', kernels: false },
          ],
        },
        ...{ buildRequirements: 'requirements/build/cpu.txt', pyLimitedApi: 'cp38' },
        ...{ cpuQuestions: 2, directReferences: ['other-package', 'triton'] },
        ...{ rust: false, tcmalloc: false },
      },
      equivalences: [{ variant: 'avx512vnni', to: 'avx512', evidence: 'cmake' }],
      absent: [],
    });
  });

  it('keeps what a person decided about optional parts', async () => {
    await pin('0.33.0');
    const path = join(releasesDir, '0.33.0.json');
    const decided = (await stored('0.33.0')).replace('"tcmalloc": false', '"tcmalloc": true');
    await writeFile(path, decided);
    expect(await pin('0.33.0')).toMatchObject([{ change: 'unchanged' }]);
    expect(await stored('0.33.0')).toBe(decided);
  });

  it('refuses a release without one of the files, naming it', async () => {
    const broken = join(scratch, 'broken');
    const entries = Object.entries(late).filter(([path]) => path !== 'requirements/cpu.txt');
    await makeUpstream(git, broken, {
      'v0.13.0': Object.fromEntries(entries),
      'v0.14.0': { ...late, 'pyproject.toml': '[project' },
      'v0.15.0': { ...late, 'pyproject.toml': '[project]\nname = "vllm"\n' },
    });
    for (const [version, said] of [
      ['0.13.0', 'requirements/cpu.txt'],
      ['0.14.0', 'valid TOML'],
      ['0.15.0', 'requires-python'],
    ] as const) {
      await expect(pin(version, { repository: broken })).rejects.toMatchObject({
        code: 'UPSTREAM_SHAPE',
        what: expect.stringContaining(said),
      });
    }
  });

  it('refuses a repository that is not there', async () => {
    await expect(pin('0.12.0', { repository: join(scratch, 'nowhere') })).rejects.toMatchObject({
      code: 'UPSTREAM_UNREACHABLE',
    });
  });
});

describe('a tag that moved from its pin', () => {
  it('stops, and with force is pinned anew without evidence of the other commit', async () => {
    const moving = join(scratch, 'moving');
    await makeUpstream(git, moving, { 'v0.12.0': late });
    await pin('0.12.0', { repository: moving });
    await recordEquivalence({
      ...{ releasesDir, release: '0.12.0', variants, edits, platform: 'linux-x86_64' },
      ...{ variant: 'avx512vnni', to: 'avx512' },
    });
    await commitTag(git, moving, 'v0.12.0', { ...late, 'setup.py': '' });
    const before = await stored('0.12.0');
    await expect(pin('0.12.0', { repository: moving })).rejects.toMatchObject({
      code: 'UPSTREAM_TAG_MOVED',
      next: expect.stringContaining('--force'),
    });
    expect(await stored('0.12.0')).toBe(before);
    const forced = await pin('0.12.0', { repository: moving, force: true });
    expect(forced).toMatchObject([
      { change: 'changed', notes: [expect.stringContaining('dropped')], pin: { equivalences: [] } },
    ]);
  });
});

describe('a source distribution', () => {
  const folder = join(scratch, 'archives');
  const archive = join(folder, 'vllm-0.33.0.tar.gz');
  const make = async (files: Record<string, string>) => {
    await mkdir(folder, { recursive: true });
    writeSdist(archive, sdistEntries('vllm-0.33.0', files), {
      'vllm-0.33.0/setup.py': new Date('2026-11-02T08:07:59Z'),
    });
  };

  it('is pinned by its SHA-256, its newest file and what it says of its commit', async () => {
    await make(unifiedFiles());
    for (const repository of [folder, archive]) {
      expect(await pin('0.33.0', { repository, force: true })).toMatchObject([{ name: '0.33.0' }]);
    }
    expect(JSON.parse(await stored('0.33.0')).source).toMatchObject({
      ...{ kind: 'sdist', commit: null, tag: 'v0.33.0', commitTime: 1793606879 },
      sdist: {
        ...{ file: 'vllm-0.33.0.tar.gz', commit: '0123abcde' },
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      ...{ cpuQuestions: 2, requiresPython: '>=3.11,<3.15' },
    });
  });

  it('that changed since it was pinned stops, and with force is pinned anew', async () => {
    await make(unifiedFiles());
    await pin('0.33.0', { repository: folder });
    await make(unifiedFiles('>=3.12'));
    await expect(pin('0.33.0', { repository: folder })).rejects.toMatchObject({
      code: 'SDIST_DIGEST',
    });
    expect(await pin('0.33.0', { repository: folder, force: true })).toMatchObject([
      { change: 'changed', pin: { source: { requiresPython: '>=3.12' } } },
    ]);
  });

  it('does not take the place of a pinned commit without being told to', async () => {
    await make(unifiedFiles());
    await pin('0.33.0');
    await expect(pin('0.33.0', { repository: folder })).rejects.toMatchObject({
      code: 'SDIST_FOR_COMMIT',
    });
  });

  it('that is not there is an unknown release, and names those that are', async () => {
    await make(unifiedFiles());
    await expect(pin('0.32.0', { repository: folder })).rejects.toMatchObject({
      code: 'VERSION_UNKNOWN',
      why: expect.stringContaining('0.33.0'),
    });
  });
});
