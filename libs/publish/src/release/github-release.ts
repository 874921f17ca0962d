import { VllmCpuError } from '@vllm-cpu/system/errors';
import { githubReleases } from '@vllm-cpu/github/releases';
import { CHECKSUMS, checksumsAsset, extendsChecksums, isPicture } from './release-assets.ts';
import type { GithubSettings } from '@vllm-cpu/github/github-api';
import type {
  GithubAsset,
  GithubRelease,
  GithubReleases,
  NewRelease,
} from '@vllm-cpu/github/releases';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';
import type { PresentAsset } from './release-assets.ts';
import type { ReleaseAsset } from '@vllm-cpu/github/release-asset';

/** Tries of an asset whose upload is cut each time. */
const MOST_PIECES = 3;

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
  const releases = githubReleases(settings);
  const found = await releases.find(request.tag);
  const present = found ? await wholeAssets(releases, found, options.dryRun) : [];
  const assets = [...request.assets, checksumsAsset(request.wheels, present)];
  const { missing, alreadyThere, outdated } = await compare(releases, assets, present, request.tag);
  const uploaded = missing.map((asset) => asset.name);
  const result = { tag: request.tag, created: !found, uploaded, alreadyThere };
  if (options.dryRun) return { ...result, url: found?.url };
  const release = found ?? (await releases.create(request));
  for (const [position, asset] of missing.entries()) {
    settings.print(`release ${request.tag}: ${position + 1} of ${missing.length}, ${asset.name}`);
    const old = outdated.find((candidate) => candidate.name === asset.name);
    if (old) await releases.remove(old);
    await uploadAsset(releases, release, asset);
  }
  if (found && options.rewriteNotes) await releases.describe(found.id, request.notes);
  const { url } = release.draft ? await releases.publish(release.id) : release;
  return { ...result, url };
}

type Present = GithubAsset & PresentAsset;

/** Incomplete assets of an interrupted upload: they are removed, and uploaded again. */
async function wholeAssets(
  releases: GithubReleases,
  release: GithubRelease,
  dryRun: boolean,
): Promise<Present[]> {
  const whole: Present[] = [];
  for (const asset of await releases.assets(release)) {
    if (asset.whole) whole.push({ ...asset, sha256: await releases.digestOf(asset) });
    else if (!dryRun) await releases.remove(asset);
  }
  return whole;
}

async function compare(
  releases: GithubReleases,
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
    if (known && !(await mayReplace(releases, known, asset))) throw otherBytes(known, asset, tag);
    if (known) outdated.push(known);
    missing.push(asset);
  }
  return { missing, alreadyThere, outdated };
}

/** The list of checksums grows, when wheels of another platform come later, and pictures are drawn anew. */
async function mayReplace(
  releases: GithubReleases,
  known: GithubAsset,
  asset: ReleaseAsset,
): Promise<boolean> {
  if (isPicture(asset.name)) return true;
  if (asset.name !== CHECKSUMS) return false;
  const newer = Buffer.from(await asset.read()).toString('utf8');
  const older = Buffer.from(await releases.contentOf(known)).toString('utf8');
  return extendsChecksums(older, newer);
}

/**
 * An upload that failed may have arrived after all, or have left a piece, which GitHub takes for the asset
 * when it is sent again: that is looked at, and a piece is removed before another try.
 */
async function uploadAsset(
  releases: GithubReleases,
  release: GithubRelease,
  asset: ReleaseAsset,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await releases.upload(release, asset);
    } catch (error) {
      const left = (await releases.assets(release)).find(({ name }) => name === asset.name);
      if (left?.whole && (await releases.digestOf(left)) === asset.sha256) return;
      if (!left || left.whole) throw error;
      await releases.remove(left);
      if (tries === MOST_PIECES) throw cutUpload(asset, error);
    }
  }
}

function cutUpload({ name }: ReleaseAsset, cause: unknown): VllmCpuError {
  return new VllmCpuError({
    code: 'GITHUB_FAILED',
    what: `GitHub: uploading ${name} failed`,
    why: `The connection was lost ${MOST_PIECES} times before the file was complete.`,
    next: 'Run the same command again: what is there is kept, what is missing is added.',
    cause,
  });
}

function otherBytes(known: Present, asset: ReleaseAsset, tag: string): VllmCpuError {
  return new VllmCpuError({
    code: 'ASSET_HAS_OTHER_BYTES',
    what: `GitHub release ${tag} already has ${asset.name} with different content; nothing was changed`,
    why: `SHA-256 on GitHub: ${known.sha256}; here: ${asset.sha256}.`,
    next: 'Publish a new version: retag the wheels with the next free suffix.',
  });
}
