import { sha256 } from '@vllm-cpu/system/digest';
import { githubApi } from './github-api.ts';
import type { GithubSettings } from './github-api.ts';
import type { ReleaseAsset } from './release-asset.ts';

/** A release as far as publishing needs it. */
export interface GithubRelease {
  id: number;
  tag: string;
  url: string;
  draft: boolean;
  uploadUrl: string;
}

/** An asset; one that is not whole was cut while it was uploaded. */
export interface GithubAsset {
  id: number;
  name: string;
  whole: boolean;
  /** `sha256:<hex>` where GitHub computed it. */
  digest: string | undefined;
}

export interface NewRelease {
  tag: string;
  title: string;
  notes: string;
  prerelease: boolean;
  /** Commit that a new tag is put on; the default branch's head where it is left out. */
  commit?: string | undefined;
}

export type GithubReleases = ReturnType<typeof githubReleases>;

/** The releases of a repository. Every call throws VllmCpuError GITHUB_FORBIDDEN or GITHUB_FAILED. */
export function githubReleases(settings: GithubSettings) {
  const ask = githubApi(settings);
  const contentOf = async (asset: GithubAsset): Promise<Uint8Array> => {
    const headers = { accept: 'application/octet-stream' };
    const { data } = await ask(`reading ${asset.name}`, ({ rest }, place) =>
      rest.repos.getReleaseAsset({ ...place, asset_id: asset.id, headers }),
    );
    return Buffer.from(data as unknown as ArrayBuffer);
  };
  return {
    /** Also a draft, which is only in the list and not under its tag. */
    find: async (tag: string): Promise<GithubRelease | undefined> => {
      const list = await ask('listing the releases', ({ paginate, rest }, place) =>
        paginate(rest.repos.listReleases, { ...place, per_page: 100 }),
      );
      const found = list.find((release) => release.tag_name === tag);
      return found && releaseOf(found);
    },
    /** A draft. */
    create: async (release: NewRelease): Promise<GithubRelease> => {
      const { data } = await ask(`creating the release ${release.tag}`, ({ rest }, place) =>
        rest.repos.createRelease({
          ...place,
          tag_name: release.tag,
          name: release.title,
          body: release.notes,
          prerelease: release.prerelease,
          draft: true,
          ...(release.commit ? { target_commitish: release.commit } : {}),
        }),
      );
      return releaseOf(data);
    },
    /** Makes a draft visible. */
    publish: async (id: number): Promise<GithubRelease> => {
      const { data } = await ask('publishing the release', ({ rest }, place) =>
        rest.repos.updateRelease({ ...place, release_id: id, draft: false }),
      );
      return releaseOf(data);
    },
    /** Replaces the notes. */
    describe: async (id: number, body: string): Promise<void> => {
      await ask('writing the notes', ({ rest }, place) =>
        rest.repos.updateRelease({ ...place, release_id: id, body }),
      );
    },
    assets: async ({ id }: GithubRelease): Promise<GithubAsset[]> => {
      const list: readonly ApiAsset[] = await ask(
        'listing the assets',
        ({ paginate, rest }, place) =>
          paginate(rest.repos.listReleaseAssets, { ...place, release_id: id, per_page: 100 }),
      );
      return list.map(assetOf);
    },
    digestOf: async (asset: GithubAsset): Promise<string> =>
      /^sha256:([0-9a-f]{64})$/.exec(asset.digest ?? '')?.[1] ?? sha256(await contentOf(asset)),
    contentOf,
    remove: async (asset: GithubAsset): Promise<void> => {
      await ask(`removing ${asset.name}`, ({ rest }, place) =>
        rest.repos.deleteReleaseAsset({ ...place, asset_id: asset.id }),
      );
    },
    /** A try that fails may leave a piece of the asset, or all of it. */
    upload: async ({ uploadUrl }: GithubRelease, asset: ReleaseAsset): Promise<void> => {
      const data = await asset.read();
      const { name, contentType } = asset;
      const headers = { 'content-type': contentType, 'content-length': String(data.length) };
      await ask(`uploading ${name}`, (github) =>
        github.request({ method: 'POST', url: uploadUrl, name, data, headers }),
      );
    },
  };
}

interface ApiAsset {
  id: number;
  name: string;
  state: string;
  /** Newer than the types of the newest octokit that is for Node 20. */
  digest?: string | null;
}

function assetOf({ id, name, state, digest }: ApiAsset): GithubAsset {
  return { id, name, whole: state === 'uploaded', digest: digest ?? undefined };
}

interface ApiRelease {
  id: number;
  tag_name: string;
  html_url: string;
  draft: boolean;
  upload_url: string;
}

function releaseOf(answer: ApiRelease): GithubRelease {
  const { id, tag_name: tag, html_url: url, draft, upload_url: uploadUrl } = answer;
  return { id, tag, url, draft, uploadUrl };
}
