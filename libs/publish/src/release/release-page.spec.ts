import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import {
  FIVE_PROJECTS,
  makeFiveWheels,
  toolsForTests,
  verifiedOf,
} from '@vllm-cpu/testing/five-wheels';
import { scratchFolder } from '@vllm-cpu/testing/temporary-folder';
import { settingsFor, startGithubServer } from '@vllm-cpu/testing/github-server';
import { parseChecksums } from './checksums.ts';
import { readPublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';
import { completeReleasePage } from './release-page.ts';
import { folderIndex } from '@vllm-cpu/index/folder-index';
import { addToStaticIndex } from '@vllm-cpu/index/static-index';
import type { GithubServer } from '@vllm-cpu/testing/github-server';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';

jest.setTimeout(120_000);

describe('the release page of wheels from several runs', () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let github: GithubServer;
  let wheels: PublishableWheel[];
  let index: string;
  let proven: string[];
  beforeAll(async () => {
    folder = await scratchFolder('release-page');
    wheels = await makeFiveWheels(join(folder.path, 'wheels'), '0.12.0');
    const others = await makeFiveWheels(join(folder.path, 'others'), '0.11.2');
    index = join(folder.path, 'index');
    await addToStaticIndex(index, [...wheels, ...others], { now: new Date() });
    await writeFile(join(folder.path, 'report.json'), '{"ok": true}');
  });
  afterAll(() => folder.remove());
  beforeEach(async () => {
    github = await startGithubServer();
    proven = [];
  });
  afterEach(() => github.close());

  const reportOn = (wheel: PublishableWheel) => ({
    ...verifiedOf(wheel),
    path: join(folder.path, 'report.json'),
  });
  const provenAgain = async (paths: readonly string[]) => {
    proven.push(...paths.map((path) => path.split('/').at(-1) ?? ''));
    return (await Promise.all(paths.map(readPublishableWheel))).map(reportOn);
  };
  const complete = (
    own: readonly PublishableWheel[],
    { dryRun = false, prove = provenAgain }: { dryRun?: boolean; prove?: typeof provenAgain } = {},
  ) =>
    completeReleasePage(
      {
        version: '0.12.0',
        wheels: own,
        verified: own.map(reportOn),
        projects: FIVE_PROJECTS,
        target: folderIndex(index),
        to: join(folder.path, 'downloads'),
        describe: (all) => ({
          tag: 'v0.12.0',
          title: 'vLLM 0.12.0 for CPUs',
          notes: `About ${all.length} wheels.`,
          prerelease: false,
        }),
        prove,
      },
      toolsForTests(),
      settingsFor(github),
      { dryRun },
    );
  const names = () => github.releases[0]?.assets.map(({ name }) => name) ?? [];
  const wheelNames = (list: readonly PublishableWheel[]) =>
    list.map(({ fileName }) => fileName).sort();

  it('has the wheels of earlier runs, downloaded and proven again, and none of another version', async () => {
    await complete(wheels.slice(0, 2));
    expect(
      names()
        .filter((name) => name.endsWith('.whl'))
        .sort(),
    ).toEqual(wheelNames(wheels));
    expect(proven.sort()).toEqual(wheelNames(wheels.slice(2)));
    expect(github.releases[0]?.body).toBe('About 5 wheels.');
    const sums = github.releases[0]?.assets.find(({ name }) => name === 'SHA256SUMS');
    expect(parseChecksums(sums?.content.toString() ?? '')).toHaveLength(5);
  });

  it('is completed: what it has is neither downloaded into it nor proven again, and its notes grow', async () => {
    await complete(wheels);
    const release = github.releases[0];
    if (!release) throw new Error('no release');
    const lost = wheels[4]?.fileName ?? '';
    release.assets = release.assets.filter(({ name }) => !name.startsWith(lost.slice(0, -4)));
    release.body = 'About 4 wheels.';
    await complete([wheels[0] as PublishableWheel]);
    expect(proven).toEqual([lost]);
    expect(names()).toContain(lost);
    expect(release.body).toBe('About 5 wheels.');
    expect(github.releases).toHaveLength(1);
  });

  it('is not made when a published wheel no longer passes, nor in a dry run', async () => {
    const prove = () => Promise.reject(new Error('it does not pass'));
    await expect(complete(wheels.slice(0, 1), { prove })).rejects.toThrow('it does not pass');
    const { uploaded } = await complete(wheels, { dryRun: true });
    expect(uploaded).toHaveLength(11);
    expect(github.releases).toEqual([]);
  });

  it('is refused for a wheel that the index has with other bytes', async () => {
    const other = await makeFiveWheels(join(folder.path, 'other-bytes'), '0.12.0', 'other');
    await expect(complete(other.slice(0, 1))).rejects.toMatchObject({
      code: 'FILE_EXISTS_WITH_OTHER_BYTES',
      what: expect.stringContaining(wheels[0]?.fileName ?? ''),
    });
    expect(github.releases).toEqual([]);
  });

  it('has no wheel of an earlier run that was yanked', async () => {
    const page = join(index, 'simple', 'vllm-cpu', 'index.json');
    const listed = await readFile(page, 'utf8');
    await writeFile(page, listed.replaceAll('"yanked": false', '"yanked": "it crashes"'));
    try {
      await complete(wheels.slice(1, 4));
    } finally {
      await writeFile(page, listed);
    }
    expect(proven).toEqual([wheels[4]?.fileName]);
    expect(github.releases[0]?.body).toBe('About 4 wheels.');
  });
});
