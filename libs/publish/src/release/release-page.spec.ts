import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FIVE_PROJECTS, makeFiveWheels, toolsForTests } from '@vllm-cpu/testing/five-wheels';
import { releaseFixture } from '@vllm-cpu/testing/release-fixture';
import { settingsFor } from '@vllm-cpu/testing/github-server';
import { parseChecksums } from './checksums.ts';
import { readPublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';
import { completeReleasePage } from './release-page.ts';
import { folderIndex } from '@vllm-cpu/index/folder-index';
import { addToStaticIndex } from '@vllm-cpu/index/static-index';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';

jest.setTimeout(120_000);

describe('the release page of wheels from several runs', () => {
  const made = releaseFixture('release-page', '0.12.0');
  let index: string;
  let proven: string[];
  beforeAll(async () => {
    const others = await makeFiveWheels(join(made.folder, 'others'), '0.11.2');
    index = join(made.folder, 'index');
    await addToStaticIndex(index, [...made.wheels, ...others], { now: new Date() });
  });
  beforeEach(() => {
    proven = [];
  });

  const provenAgain = async (paths: readonly string[]) => {
    proven.push(...paths.map((path) => path.split('/').at(-1) ?? ''));
    return (await Promise.all(paths.map(readPublishableWheel))).map(made.reportOn);
  };
  const complete = (
    own: readonly PublishableWheel[],
    { dryRun = false, prove = provenAgain }: { dryRun?: boolean; prove?: typeof provenAgain } = {},
  ) =>
    completeReleasePage(
      {
        version: '0.12.0',
        wheels: own,
        verified: own.map(made.reportOn),
        projects: FIVE_PROJECTS,
        target: folderIndex(index),
        to: join(made.folder, 'downloads'),
        describe: (all) => ({
          tag: 'v0.12.0',
          title: 'vLLM 0.12.0 for CPUs',
          notes: `About ${all.length} made.wheels.`,
          prerelease: false,
        }),
        prove,
      },
      toolsForTests(),
      settingsFor(made.github),
      { dryRun },
    );
  const names = () => made.github.releases[0]?.assets.map(({ name }) => name) ?? [];
  const wheelNames = (list: readonly PublishableWheel[]) =>
    list.map(({ fileName }) => fileName).sort();

  it('has the wheels of earlier runs, downloaded and proven again, and none of another version', async () => {
    await complete(made.wheels.slice(0, 2));
    expect(
      names()
        .filter((name) => name.endsWith('.whl'))
        .sort(),
    ).toEqual(wheelNames(made.wheels));
    expect(proven.sort()).toEqual(wheelNames(made.wheels.slice(2)));
    expect(made.github.releases[0]?.body).toBe('About 5 made.wheels.');
    const sums = made.github.releases[0]?.assets.find(({ name }) => name === 'SHA256SUMS');
    expect(parseChecksums(sums?.content.toString() ?? '')).toHaveLength(5);
  });

  it('is completed: what it has is neither downloaded into it nor proven again, and its notes grow', async () => {
    await complete(made.wheels);
    const release = made.github.releases[0];
    if (!release) throw new Error('no release');
    const lost = made.wheels[4]?.fileName ?? '';
    release.assets = release.assets.filter(({ name }) => !name.startsWith(lost.slice(0, -4)));
    release.body = 'About 4 made.wheels.';
    await complete([made.wheels[0] as PublishableWheel]);
    expect(proven).toEqual([lost]);
    expect(names()).toContain(lost);
    expect(release.body).toBe('About 5 made.wheels.');
    expect(made.github.releases).toHaveLength(1);
  });

  it('is not made when a published wheel no longer passes, nor in a dry run', async () => {
    const prove = () => Promise.reject(new Error('it does not pass'));
    await expect(complete(made.wheels.slice(0, 1), { prove })).rejects.toThrow('it does not pass');
    const { uploaded } = await complete(made.wheels, { dryRun: true });
    expect(uploaded).toHaveLength(11);
    expect(made.github.releases).toEqual([]);
  });

  it('is refused for a wheel that the index has with other bytes', async () => {
    const other = await makeFiveWheels(join(made.folder, 'other-bytes'), '0.12.0', 'other');
    await expect(complete(other.slice(0, 1))).rejects.toMatchObject({
      code: 'FILE_EXISTS_WITH_OTHER_BYTES',
      what: expect.stringContaining(made.wheels[0]?.fileName ?? ''),
    });
    expect(made.github.releases).toEqual([]);
  });

  it('has no wheel of an earlier run that was yanked', async () => {
    const page = join(index, 'simple', 'vllm-cpu', 'index.json');
    const listed = await readFile(page, 'utf8');
    await writeFile(page, listed.replaceAll('"yanked": false', '"yanked": "it crashes"'));
    try {
      await complete(made.wheels.slice(1, 4));
    } finally {
      await writeFile(page, listed);
    }
    expect(proven).toEqual([made.wheels[4]?.fileName]);
    expect(made.github.releases[0]?.body).toBe('About 4 made.wheels.');
  });
});
