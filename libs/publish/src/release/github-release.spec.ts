import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { makeFiveWheels, verifiedOf } from '@vllm-cpu/testing/five-wheels';
import { releaseFixture } from '@vllm-cpu/testing/release-fixture';
import { settingsFor } from '@vllm-cpu/testing/github-server';
import { parseChecksums } from './checksums.ts';
import { publishRelease } from './github-release.ts';
import { wheelAssets } from './release-assets.ts';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';

// Wheels are flushed to the disk, which takes seconds on a busy machine.
jest.setTimeout(120_000);

describe('a release on GitHub', () => {
  const made = releaseFixture('github', '0.12.0.post1');
  let printed: string[];
  beforeEach(() => {
    printed = [];
  });

  const publish = async (
    list: readonly PublishableWheel[],
    dryRun = false,
    token = made.github.token,
  ) =>
    publishRelease(
      {
        tag: 'v0.12.0.post1',
        title: 'vLLM 0.12.0.post1 for CPUs',
        notes: 'Notes.',
        prerelease: false,
        wheels: list,
        assets: await wheelAssets(list, list.map(made.reportOn)),
      },
      settingsFor(made.github, { token, print: (line) => printed.push(line) }),
      { dryRun },
    );
  const assets = () => made.github.releases[0]?.assets ?? [];

  it('is created with every wheel, a report for each, and checksums', async () => {
    const result = await publish(made.wheels);
    expect(result).toMatchObject({ created: true, url: expect.stringContaining('v0.12.0.post1') });
    expect(made.github.releases).toMatchObject([
      { tag_name: 'v0.12.0.post1', draft: false, body: 'Notes.' },
    ]);
    expect(assets()).toHaveLength(11);
    const sums = assets().find((asset) => asset.name === 'SHA256SUMS');
    expect(parseChecksums(sums?.content.toString() ?? '')).toHaveLength(5);
    expect(sums?.content.toString()).toContain(
      `${made.wheels[0]?.sha256}  ${made.wheels[0]?.fileName}\n`,
    );
  });

  it('is left alone the second time', async () => {
    await publish(made.wheels);
    const before = made.github.writes;
    const again = await publish(made.wheels);
    expect(again).toMatchObject({ created: false, uploaded: [] });
    expect(again.alreadyThere).toHaveLength(11);
    expect(made.github.writes).toBe(before);
  });

  it.each([true, false])('gets missing assets only (GitHub says digests: %s)', async (says) => {
    made.github.saysDigest = says;
    await publish(made.wheels.slice(0, 3));
    const second = await publish(made.wheels.slice(2));
    expect(second.alreadyThere).toEqual([
      made.wheels[2]?.fileName,
      made.wheels[2]?.fileName.replace('.whl', '.report.json'),
    ]);
    const sums = assets().find((asset) => asset.name === 'SHA256SUMS');
    expect(parseChecksums(sums?.content.toString() ?? '').map((file) => file.fileName)).toEqual(
      made.wheels.map((wheel) => wheel.fileName).sort(),
    );
  });

  it('is refused, and not changed, where an asset has other bytes', async () => {
    await publish(made.wheels.slice(0, 2));
    const before = made.github.writes;
    const other = await makeFiveWheels(join(made.folder, 'other'), '0.12.0.post1', 'other');
    await expect(publish([...other.slice(0, 1), ...made.wheels.slice(2)])).rejects.toMatchObject({
      code: 'ASSET_HAS_OTHER_BYTES',
      what: expect.stringContaining(made.wheels[0]?.fileName ?? ''),
    });
    expect(made.github.writes).toBe(before);
  });

  it('survives a failing, a cut and an unanswered upload', async () => {
    made.github.faults = ['answer-500', undefined, 'cut', undefined, 'answer-lost'];
    await publish(made.wheels);
    expect(assets()).toHaveLength(11);
    expect(assets().every((asset) => asset.state === 'uploaded')).toBe(true);
  });

  it('waits as GitHub asks where it was too fast, or its calls of the hour are used up', async () => {
    made.github.faults = ['too-fast', 'used-up'];
    await publish(made.wheels);
    expect(assets()).toHaveLength(11);
    const waits = printed.filter((line) => line.includes('waiting'));
    expect(waits).toEqual([
      expect.stringMatching(/^secondary rate limit of GitHub reached at POST .*; waiting 7 s$/),
      expect.stringMatching(/^rate limit of GitHub reached at POST .*; waiting (3[0-2]|2\d) s$/),
    ]);
  });

  it('stays a draft while it is incomplete, and the next run completes it', async () => {
    made.github.faults = [undefined, 'cut', 'cut', 'cut'];
    await expect(publish(made.wheels)).rejects.toMatchObject({ code: 'GITHUB_FAILED' });
    expect(made.github.releases).toMatchObject([{ draft: true }]);
    const second = await publish(made.wheels);
    expect(second).toMatchObject({ created: false });
    expect(made.github.releases).toMatchObject([{ draft: false }]);
    expect(assets()).toHaveLength(11);
  });

  it('is not touched by a dry run', async () => {
    const plan = await publish(made.wheels, true);
    expect(plan.uploaded).toHaveLength(11);
    expect(made.github.writes).toBe(0);
  });

  it('explains a token that GitHub does not take, without showing it', async () => {
    await expect(publish(made.wheels, false, 'wrong-token-here')).rejects.toMatchObject({
      code: 'GITHUB_FORBIDDEN',
      message: expect.not.stringContaining('wrong-token-here'),
    });
  });

  it('takes no wheel that was not verified, and none that changed', async () => {
    await expect(wheelAssets(made.wheels, [])).rejects.toMatchObject({
      code: 'WHEEL_NOT_VERIFIED',
    });
    const unproven = made.wheels.map((wheel) => ({ ...verifiedOf(wheel), unproven: 'packed' }));
    await expect(wheelAssets(made.wheels, unproven)).rejects.toMatchObject({ code: 'NOT_PROVEN' });
    const own = await makeFiveWheels(join(made.folder, 'changing'), '0.12.0.post1', 'changing');
    await appendFile(own[0]?.path ?? '', 'x');
    await expect(publish(own)).rejects.toMatchObject({ code: 'WHEEL_CHANGED' });
    expect(made.github.releases).toMatchObject([{ draft: true }]);
  });
});
