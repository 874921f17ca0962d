import { VllmCpuError } from '@vllm-cpu/system/errors';
import { createGithubClient } from '@vllm-cpu/github/github-client';
import { githubFailed, isPassing, retryAfterOf } from '@vllm-cpu/github/github-errors';
import { CHECKSUMS, checksumsAsset, extendsChecksums } from './release-assets.ts';
import { withRetries } from '@vllm-cpu/system/retry';
import type {
  GithubAsset,
  GithubClient,
  GithubRelease,
  GithubSettings,
} from '@vllm-cpu/github/github-client';
import type { NewRelease } from '@vllm-cpu/github/github-client';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';
import type { PresentAsset } from './release-assets.ts';
import type { ReleaseAsset } from '@vllm-cpu/github/release-asset';

export interface ReleaseRequest extends NewRelease {
  /** Wheels of this run, for SHA256SUMS. */
  wheels: readonly PublishableWheel[];
  /** Wheels and reports; see wheelAssets. */
  assets: readonly ReleaseAsset[];
}

/** Names of assets by what became of them, or would in a dry run. */
export interface ReleaseResult {
  tag: string;
  url: string | undefined;
  created: boolean;
  uploaded: readonly string[];
  alreadyThere: readonly string[];
}

export interface ReleaseOptions {
  dryRun: boolean;
  /** The notes of a release that exists are replaced: they are about more wheels now. */
  rewriteNotes?: boolean;
}

/**
 * Creates the release of a tag, or completes it: only missing assets are added. A new release is a
 * draft until everything is there, so nobody sees half of one; a later run finds the draft.
 * @throws VllmCpuError ASSET_HAS_OTHER_BYTES, GITHUB_FORBIDDEN, GITHUB_FAILED
 */
export async function publishRelease(
  request: ReleaseRequest,
  settings: GithubSettings,
  options: ReleaseOptions,
): Promise<ReleaseResult> {
  const client = createGithubClient(settings);
  const found = await client.find(request.tag);
  const present = found ? await wholeAssets(client, found, options.dryRun) : [];
  const assets = [...request.assets, checksumsAsset(request.wheels, present)];
  const { missing, alreadyThere, outdated } = await compare(client, assets, present, request.tag);
  const uploaded = missing.map((asset) => asset.name);
  const result = { tag: request.tag, created: !found, uploaded, alreadyThere };
  if (options.dryRun) return { ...result, url: found?.url };
  const release = found ?? (await client.create(request));
  for (const [position, asset] of missing.entries()) {
    settings.print(`release ${request.tag}: ${position + 1} of ${missing.length}, ${asset.name}`);
    const old = outdated.find((candidate) => candidate.name === asset.name);
    if (old) await client.remove(old);
    await uploadAsset(client, release, asset, settings);
  }
  if (found && options.rewriteNotes) await client.describe(found.id, request.notes);
  const { url } = release.draft ? await client.publish(release.id) : release;
  return { ...result, url };
}

type Present = GithubAsset & PresentAsset;

/** Assets that a cut upload left are no assets: they are removed, and uploaded again. */
async function wholeAssets(
  client: GithubClient,
  release: GithubRelease,
  dryRun: boolean,
): Promise<Present[]> {
  const whole: Present[] = [];
  for (const asset of await client.assets(release)) {
    if (asset.whole) whole.push({ ...asset, sha256: await client.digestOf(asset) });
    else if (!dryRun) await client.remove(asset);
  }
  return whole;
}

async function compare(
  client: GithubClient,
  assets: readonly ReleaseAsset[],
  present: readonly Present[],
  tag: string,
): Promise<{ missing: ReleaseAsset[]; alreadyThere: string[]; outdated: Present[] }> {
  const missing: ReleaseAsset[] = [];
  const alreadyThere: string[] = [];
  const outdated: Present[] = [];
  for (const asset of assets) {
    const known = present.find((candidate) => candidate.name === asset.name);
    if (known?.sha256 === asset.sha256) {
      alreadyThere.push(asset.name);
      continue;
    }
    if (known && !(await mayReplace(client, known, asset))) throw otherBytes(known, asset, tag);
    if (known) outdated.push(known);
    missing.push(asset);
  }
  return { missing, alreadyThere, outdated };
}

/** Only the list of checksums grows, when wheels of another platform come later. */
async function mayReplace(
  client: GithubClient,
  known: GithubAsset,
  asset: ReleaseAsset,
): Promise<boolean> {
  if (asset.name !== CHECKSUMS) return false;
  const newer = Buffer.from(await asset.read()).toString('utf8');
  return extendsChecksums(await client.textOf(known), newer);
}

/** A failed upload may have arrived, or have left a piece: that is looked at before another try. */
async function uploadAsset(
  client: GithubClient,
  release: GithubRelease,
  asset: ReleaseAsset,
  settings: GithubSettings,
): Promise<void> {
  await withRetries(
    settings.retries,
    async () => {
      try {
        await client.upload(release, asset);
        return { done: true };
      } catch (cause) {
        if (cause instanceof VllmCpuError) return { error: cause, again: false };
        const left = (await client.assets(release)).find(({ name }) => name === asset.name);
        if (left?.whole && (await client.digestOf(left)) === asset.sha256) return { done: true };
        if (left && !left.whole) await client.remove(left);
        const error = githubFailed(`uploading ${asset.name}`, cause, settings);
        return { error, again: isPassing(cause), retryAfter: retryAfterOf(cause) };
      }
    },
    settings.print,
  );
}

function otherBytes(known: Present, asset: ReleaseAsset, tag: string): VllmCpuError {
  return new VllmCpuError({
    code: 'ASSET_HAS_OTHER_BYTES',
    what: `GitHub release ${tag} already has ${asset.name} with different content; nothing was changed`,
    why: `SHA-256 on GitHub: ${known.sha256}; here: ${asset.sha256}.`,
    next: 'Publish a new version: retag the wheels with the next free suffix.',
  });
}
