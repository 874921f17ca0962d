import { appendFile, writeFile } from 'node:fs/promises';
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
import { makeFiveWheels, verifiedOf } from '@vllm-cpu/testing/five-wheels';
import { scratchFolder } from '@vllm-cpu/testing/temporary-folder';
import { settingsFor, startGithubServer } from '@vllm-cpu/testing/github-server';
import { parseChecksums } from './checksums.ts';
import { publishRelease } from './github-release.ts';
import { githubSettings } from '@vllm-cpu/github/github-settings';
import { wheelAssets } from './release-assets.ts';
import { DEFAULT_RETRIES } from '@vllm-cpu/system/retry';
import type { GithubServer } from '@vllm-cpu/testing/github-server';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';

// Wheels are flushed to the disk, which takes seconds on a busy machine.
jest.setTimeout(120_000);

describe('a release on GitHub', () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let github: GithubServer;
  let wheels: PublishableWheel[];
  let printed: string[];
  let pauses: number[];
  beforeAll(async () => {
    folder = await scratchFolder('github');
    wheels = await makeFiveWheels(join(folder.path, 'wheels'), '0.12.0.post1');
  });
  afterAll(() => folder.remove());
  beforeEach(async () => {
    github = await startGithubServer();
    printed = [];
    pauses = [];
  });
  afterEach(() => github.close());

  const publish = async (
    list: readonly PublishableWheel[],
    dryRun = false,
    token = github.token,
  ) => {
    const path = join(folder.path, 'report.json');
    await writeFile(path, '{"ok": true}');
    const verified = list.map((wheel) => ({ ...verifiedOf(wheel), path }));
    const pause = async (milliseconds: number) => void pauses.push(milliseconds);
    return publishRelease(
      {
        tag: 'v0.12.0.post1',
        title: 'vLLM 0.12.0.post1 for CPUs',
        notes: 'Notes.',
        prerelease: false,
        wheels: list,
        assets: await wheelAssets(list, verified),
      },
      settingsFor(github, {
        token,
        retries: { ...DEFAULT_RETRIES, attempts: 3, pause },
        print: (line) => printed.push(line),
      }),
      { dryRun },
    );
  };
  const assets = () => github.releases[0]?.assets ?? [];

  it('is created with every wheel, a report for each, and checksums', async () => {
    const result = await publish(wheels);
    expect(result).toMatchObject({ created: true, url: expect.stringContaining('v0.12.0.post1') });
    expect(github.releases).toMatchObject([
      { tag_name: 'v0.12.0.post1', draft: false, body: 'Notes.' },
    ]);
    expect(assets()).toHaveLength(11);
    const sums = assets().find((asset) => asset.name === 'SHA256SUMS');
    expect(parseChecksums(sums?.content.toString() ?? '')).toHaveLength(5);
    expect(sums?.content.toString()).toContain(`${wheels[0]?.sha256}  ${wheels[0]?.fileName}\n`);
  });

  it('is left alone the second time', async () => {
    await publish(wheels);
    const before = github.writes;
    const again = await publish(wheels);
    expect(again).toMatchObject({ created: false, uploaded: [] });
    expect(again.alreadyThere).toHaveLength(11);
    expect(github.writes).toBe(before);
  });

  it.each([true, false])('gets missing assets only (GitHub says digests: %s)', async (says) => {
    github.saysDigest = says;
    await publish(wheels.slice(0, 3));
    const second = await publish(wheels.slice(2));
    expect(second.alreadyThere).toEqual([
      wheels[2]?.fileName,
      wheels[2]?.fileName.replace('.whl', '.report.json'),
    ]);
    const sums = assets().find((asset) => asset.name === 'SHA256SUMS');
    expect(parseChecksums(sums?.content.toString() ?? '').map((file) => file.fileName)).toEqual(
      wheels.map((wheel) => wheel.fileName).sort(),
    );
  });

  it('is refused, and not changed, where an asset has other bytes', async () => {
    await publish(wheels.slice(0, 2));
    const before = github.writes;
    const other = await makeFiveWheels(join(folder.path, 'other'), '0.12.0.post1', 'other');
    await expect(publish([...other.slice(0, 1), ...wheels.slice(2)])).rejects.toMatchObject({
      code: 'ASSET_HAS_OTHER_BYTES',
      what: expect.stringContaining(wheels[0]?.fileName ?? ''),
    });
    expect(github.writes).toBe(before);
  });

  it('survives a failing, a cut and an unanswered upload', async () => {
    github.faults = ['answer-500', undefined, 'cut', undefined, 'answer-lost'];
    await publish(wheels);
    expect(assets()).toHaveLength(11);
    expect(assets().every((asset) => asset.state === 'uploaded')).toBe(true);
  });

  it('waits as GitHub asks where it was too fast, or its calls of the hour are used up', async () => {
    github.faults = ['too-fast', 'used-up'];
    await publish(wheels);
    expect(assets()).toHaveLength(11);
    expect(pauses[0]).toBe(7_000);
    expect(pauses[1]).toBeGreaterThan(20_000);
    expect(pauses[1]).toBeLessThanOrEqual(31_000);
  });

  it('stays a draft while it is incomplete, and the next run completes it', async () => {
    github.faults = [undefined, 'cut', 'cut', 'cut'];
    await expect(publish(wheels)).rejects.toMatchObject({ code: 'GITHUB_FAILED' });
    expect(github.releases).toMatchObject([{ draft: true }]);
    const second = await publish(wheels);
    expect(second).toMatchObject({ created: false });
    expect(github.releases).toMatchObject([{ draft: false }]);
    expect(assets()).toHaveLength(11);
  });

  it('is not touched by a dry run', async () => {
    const plan = await publish(wheels, true);
    expect(plan.uploaded).toHaveLength(11);
    expect(github.writes).toBe(0);
  });

  it('explains a token that GitHub does not take, without showing it', async () => {
    await expect(publish(wheels, false, 'wrong-token-here')).rejects.toMatchObject({
      code: 'GITHUB_FORBIDDEN',
      message: expect.not.stringContaining('wrong-token-here'),
    });
  });

  it('takes no wheel that was not verified, and none that changed', async () => {
    await expect(wheelAssets(wheels, [])).rejects.toMatchObject({ code: 'WHEEL_NOT_VERIFIED' });
    const unproven = wheels.map((wheel) => ({ ...verifiedOf(wheel), unproven: 'packed' }));
    await expect(wheelAssets(wheels, unproven)).rejects.toMatchObject({ code: 'NOT_PROVEN' });
    const own = await makeFiveWheels(join(folder.path, 'changing'), '0.12.0.post1', 'changing');
    await appendFile(own[0]?.path ?? '', 'x');
    await expect(publish(own)).rejects.toMatchObject({ code: 'WHEEL_CHANGED' });
    expect(github.releases).toMatchObject([{ draft: true }]);
  });

  it.each([
    ['owner/name', 'owner', 'name'],
    ['https://github.com/owner/na.me.git', 'owner', 'na.me'],
    ['git@github.com:owner/name.git', 'owner', 'name'],
  ])('belongs to the repository %s', (repository, owner, name) => {
    const settings = githubSettings({ GH_TOKEN: 'token' }, { repository });
    expect(settings).toMatchObject({ owner, repository: name });
  });

  it('is refused without a repository or a token', () => {
    expect(() => githubSettings({ GITHUB_TOKEN: 'token' })).toThrow(
      expect.objectContaining({ code: 'GITHUB_REPOSITORY_UNKNOWN' }),
    );
    expect(() => githubSettings({ GITHUB_REPOSITORY: 'a/b' })).toThrow(
      expect.objectContaining({ code: 'GITHUB_TOKEN_MISSING' }),
    );
  });

  it('is read without a token in a dry run', () => {
    const settings = githubSettings({ GITHUB_REPOSITORY: 'a/b' }, { dryRun: true });
    expect(settings).toMatchObject({ owner: 'a', token: undefined });
  });
});
