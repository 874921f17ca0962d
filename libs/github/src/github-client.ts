import { Octokit } from '@octokit/rest';
import { sha256 } from '@vllm-cpu/system/digest';
import { githubFailed, isPassing, retryAfterOf } from './github-errors.ts';
import { withRetries } from '@vllm-cpu/system/retry';
import type { ReleaseAsset } from './release-asset.ts';
import type { RetryPolicy } from '@vllm-cpu/system/retry';

/** Where releases are made. */
export interface GithubSettings {
  owner: string;
  repository: string;
  /** Undefined for a dry run without one, which reads what is public. */
  token: string | undefined;
  /** Base of the REST API, for GitHub Enterprise: `https://github.example.com/api/v3`. */
  baseUrl?: string | undefined;
  /** For machines behind a proxy: proxiedFetch(env). */
  fetch?: typeof fetch;
  retries: RetryPolicy;
  print: (line: string) => void;
}

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

/** The few calls to GitHub that a release needs; each is repeated on 5xx and where a limit is hit. */
export interface GithubClient {
  find(tag: string): Promise<GithubRelease | undefined>;
  create(release: NewRelease): Promise<GithubRelease>;
  /** Makes a draft visible. */
  publish(id: number): Promise<GithubRelease>;
  /** Replaces the notes. */
  describe(id: number, notes: string): Promise<void>;
  assets(release: GithubRelease): Promise<GithubAsset[]>;
  digestOf(asset: GithubAsset): Promise<string>;
  textOf(asset: GithubAsset): Promise<string>;
  contentOf(asset: GithubAsset): Promise<Uint8Array>;
  remove(asset: GithubAsset): Promise<void>;
  /** One try; the caller looks what arrived before another. */
  upload(release: GithubRelease, asset: ReleaseAsset): Promise<void>;
}

export function createGithubClient(settings: GithubSettings): GithubClient {
  const silent = () => undefined;
  const octokit = new Octokit({
    ...(settings.token ? { auth: settings.token } : {}),
    userAgent: 'vllm-cpu-wheels',
    ...(settings.fetch ? { request: { fetch: settings.fetch } } : {}),
    log: { debug: silent, info: silent, warn: silent, error: silent },
    ...(settings.baseUrl ? { baseUrl: settings.baseUrl.replace(/\/+$/, '') } : {}),
  });
  const repos = octokit.rest.repos;
  const place = { owner: settings.owner, repo: settings.repository };
  const call = <T>(what: string, action: () => Promise<T>): Promise<T> =>
    withRetries(
      settings.retries,
      () =>
        action().then(
          (done) => ({ done }),
          (cause: unknown) => ({
            error: githubFailed(what, cause, settings),
            again: isPassing(cause),
            retryAfter: retryAfterOf(cause),
          }),
        ),
      settings.print,
    );
  const download = async (asset: GithubAsset): Promise<Buffer> => {
    const headers = { accept: 'application/octet-stream' };
    const answer = await call(`reading ${asset.name}`, () =>
      repos.getReleaseAsset({ ...place, asset_id: asset.id, headers }),
    );
    return Buffer.from(answer.data as unknown as ArrayBuffer);
  };
  return {
    // Drafts are only in the list, not under their tag.
    find: async (tag) => {
      const list = await call('listing the releases', () =>
        octokit.paginate(repos.listReleases, { ...place, per_page: 100 }),
      );
      const found = list.find((release) => release.tag_name === tag);
      return found && releaseOf(found);
    },
    create: async (release) => {
      const answer = await call(`creating the release ${release.tag}`, () =>
        repos.createRelease({
          ...place,
          tag_name: release.tag,
          name: release.title,
          body: release.notes,
          prerelease: release.prerelease,
          draft: true,
          ...(release.commit ? { target_commitish: release.commit } : {}),
        }),
      );
      return releaseOf(answer.data);
    },
    publish: async (id) => {
      const answer = await call('publishing the release', () =>
        repos.updateRelease({ ...place, release_id: id, draft: false }),
      );
      return releaseOf(answer.data);
    },
    describe: async (id, body) => {
      await call('writing the notes', () =>
        repos.updateRelease({ ...place, release_id: id, body }),
      );
    },
    assets: async (release) => {
      const list: readonly ApiAsset[] = await call('listing the assets', () =>
        octokit.paginate(repos.listReleaseAssets, {
          ...place,
          release_id: release.id,
          per_page: 100,
        }),
      );
      return list.map(({ id, name, state, digest }) => ({
        id,
        name,
        whole: state === 'uploaded',
        digest: digest ?? undefined,
      }));
    },
    digestOf: async (asset) =>
      /^sha256:([0-9a-f]{64})$/.exec(asset.digest ?? '')?.[1] ?? sha256(await download(asset)),
    textOf: async (asset) => (await download(asset)).toString('utf8'),
    contentOf: download,
    remove: async (asset) => {
      await call(`removing ${asset.name}`, () =>
        repos.deleteReleaseAsset({ ...place, asset_id: asset.id }),
      );
    },
    upload: async (release, asset) => {
      const data = await asset.read();
      await octokit.request({
        method: 'POST',
        url: release.uploadUrl,
        name: asset.name,
        data,
        headers: { 'content-type': asset.contentType, 'content-length': String(data.length) },
      });
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
