import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { loadVariants } from '@vllm-cpu/sources/catalogue';
import { gitWith } from '@vllm-cpu/sources/git';
import { fakeRunner } from '@vllm-cpu/testing/tripwire';
import { listAvailable } from '../release/available-releases.ts';
import { listReleases, renderReleases } from './list-releases.ts';
import { listReleaseTags } from './release-tags.ts';
import { fixturePin, makeUpstream, testGit } from '@vllm-cpu/testing/upstream-fixture';

const root = join(import.meta.dirname, '../../../..');
const variants = loadVariants(root);
const embedded = fixturePin('0.0.1', { switches: ['bf16', 'vnni', 'amx'] }, variants).release;
const pins = [
  fixturePin('0.8.5', { switches: ['bf16'] }, variants),
  fixturePin('0.9.2', { switches: ['bf16', 'vnni'] }, variants),
  fixturePin('0.12.0', { switches: ['bf16', 'vnni', 'amx'] }, variants),
  {
    name: 'sample',
    release: { ...embedded, source: { ...embedded.source, kind: 'embedded' as const } },
  },
];
const scratch = mkdtempSync(join(tmpdir(), 'list-releases-'));
const git = testGit();

// The tests start real git processes.
jest.setTimeout(60_000);

beforeAll(async () => {
  await makeUpstream(git, scratch, { 'v0.8.4': { 'a.txt': '' } });
  for (const tag of ['v0.9.2', 'v0.12.0', 'v0.13.0rc1', 'v0.13.0', 'v0.17.0', 'nightly']) {
    await git.run(['-C', scratch, 'tag', tag]);
  }
});

afterAll(() => rm(scratch, { recursive: true, force: true }));

const refusals = [
  { releases: '>=0.17.0.dev0,<0.18.0.dev0', reason: 'It is broken upstream.', instead: '0.18.1' },
];

const list = (options: { repository?: string; preReleases?: boolean } = {}) =>
  listReleases({
    ...{ pins, variants, refusals, preReleases: options.preReleases ?? false },
    available: () =>
      listAvailable({
        git,
        sdists: {
          ...{ setting: options.repository ?? scratch, store: join(scratch, 'sdists') },
          openIndex: () => Promise.reject(new Error('the index is not asked')),
          report: () => undefined,
        },
      }),
  });

describe('listReleases', () => {
  it('lists what upstream has and what is pinned, in the order of versions', async () => {
    const { releases, offline } = await list();
    const states = releases.map(({ name, available, pinned, supported }) => [
      name,
      ...[available, pinned, supported].map((state) => (state ? 'yes' : 'no')),
    ]);
    expect(offline).toBeNull();
    expect(states).toEqual([
      ['sample', 'no', 'yes', 'yes'],
      ['0.8.5', 'no', 'yes', 'yes'],
      ['0.9.2', 'yes', 'yes', 'yes'],
      ['0.12.0', 'yes', 'yes', 'yes'],
      ['0.13.0', 'yes', 'no', 'yes'],
      ['0.17.0', 'yes', 'no', 'no'],
    ]);
  });

  it('shows candidates on request only', async () => {
    const names = async (preReleases: boolean) =>
      (await list({ preReleases })).releases.map(({ name }) => name);
    expect(await names(false)).not.toContain('0.13.0rc1');
    expect(await names(true)).toContain('0.13.0rc1');
  });

  it('says for each variant what it is equivalent to and what it lacks', async () => {
    const { releases } = await list();
    const early = releases.find(({ name }) => name === '0.9.2')?.variants ?? [];
    expect(early.find(({ variant }) => variant === 'amxbf16')).toEqual({
      ...{ variant: 'amxbf16', platform: 'linux-x86_64', equivalentTo: 'avx512bf16' },
      ...{ evidence: 'cmake', absent: ['amx_tile', 'amx_bf16'] },
    });
    expect(releases.find(({ name }) => name === '0.13.0')?.variants).toBeNull();
  });

  it('still lists the pins where upstream cannot be reached, with the reason', async () => {
    const offline = await list({ repository: join(scratch, 'nowhere') });
    expect(offline.releases.map(({ name }) => name).sort()).toEqual(
      pins.map(({ name }) => name).sort(),
    );
    expect(offline.releases.every(({ available }) => available === null)).toBe(true);
    expect(offline.offline).toContain('nowhere');
    expect(renderReleases(offline, variants)).toContain('cannot list');
  });
});

describe('renderReleases', () => {
  it('has one line for each release with what every variant is', async () => {
    const text = renderReleases(await list(), variants);
    const cells = (name: string): string[] =>
      (text.split('\n').find((line) => line.startsWith(`│ ${name} `)) ?? '')
        .split('│')
        .map((cell) => cell.trim())
        .slice(1, -1);
    expect(cells('0.9.2')).toEqual([
      ...['0.9.2', 'yes', 'yes', 'yes'],
      ...['yes', 'yes', 'yes', 'yes', '= avx512bf16'],
    ]);
    expect(cells('0.17.0').slice(0, 4)).toEqual(['0.17.0', 'yes', 'cannot', '']);
    expect(cells('sample (0.0.1)')[1]).toBe('embedded');
  });
});

describe('listReleaseTags', () => {
  it('gives the commit of an annotated tag and leaves out what is no version', async () => {
    const [tagged, commit] = ['a', 'b'].map((digit) => digit.repeat(40));
    const runner = fakeRunner(() => ({
      stdout: [
        `${tagged}\trefs/tags/0.12.0`,
        `${tagged}\trefs/tags/v0.12.0`,
        `${commit}\trefs/tags/v0.12.0^{}`,
        `${commit}\trefs/tags/ci/build/22474`,
        '',
      ].join('\n'),
    }));
    const from = 'https://example.org/vllm.git';
    expect(await listReleaseTags(gitWith(runner, {}), from)).toEqual([
      { version: '0.12.0', tag: 'v0.12.0', commit },
    ]);
    expect(runner.commands[0]?.argv.slice(-4)).toEqual(['ls-remote', '--tags', '--', from]);
  });

  it('never shows the credentials of a URL in its error', async () => {
    const from = 'https://user:hunter22@example.org/vllm.git';
    const runner = fakeRunner(() => ({ exitCode: 128, stderr: `fatal: no access to '${from}'` }));
    const failure = listReleaseTags(gitWith(runner, {}), from);
    await expect(failure).rejects.toThrow('//****@example.org');
    await expect(failure).rejects.not.toThrow('hunter22');
  });
});
