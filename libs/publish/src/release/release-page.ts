import { downloadFiles, wheelsOf } from '@vllm-cpu/index/download-wheels';
import { findWheels } from '@vllm-cpu/wheel/find-wheels';
import { githubReleases } from '@vllm-cpu/github/releases';
import { publishRelease } from './github-release.ts';
import { otherBytes } from '@vllm-cpu/index/other-bytes';
import { wheelAssets } from './release-assets.ts';
import type { GithubSettings } from '@vllm-cpu/github/github-api';
import type { NewRelease } from '@vllm-cpu/github/releases';
import type { ReleaseResult } from './github-release.ts';
import type { IndexTarget } from '@vllm-cpu/index/index-target';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';
import type { PublishTools } from '@vllm-cpu/index/publish-tools';
import type { VerifiedWheel } from '@vllm-cpu/wheel/verified-wheel';

export interface ReleasePageRequest {
  version: string;
  /** Wheels of this run, and the reports about them. */
  wheels: readonly PublishableWheel[];
  verified: readonly VerifiedWheel[];
  /** All packages of the family, and the index that has what earlier runs published. */
  projects: readonly string[];
  target: IndexTarget;
  /** For what is downloaded. */
  to: string;
  /** Tag, title and notes of a page about these wheels. */
  describe: (wheels: readonly PublishableWheel[]) => NewRelease;
  /** Verifies downloaded wheels. @throws where one does not pass */
  prove: (paths: readonly string[]) => Promise<readonly VerifiedWheel[]>;
}

/**
 * Makes or completes the GitHub release of a version whose wheels come from several runs: its page is
 * about every wheel that the index has. Those of earlier runs are downloaded, and verified again where the
 * page lacks them; the report that the page has of a wheel stays the one that it is. A wheel that was yanked
 * is left out.
 * @throws VllmCpuError FILE_EXISTS_WITH_OTHER_BYTES where the index has a wheel of this run with other bytes
 */
export async function completeReleasePage(
  request: ReleasePageRequest,
  tools: PublishTools,
  github: GithubSettings,
  options: { dryRun: boolean },
): Promise<ReleaseResult> {
  const earlier = await earlierWheels(request, tools);
  const page = request.describe([...request.wheels, ...earlier]);
  const onPage = await assetNames(page.tag, github);
  const missing = earlier.filter(({ fileName }) => !onPage.has(fileName));
  const proven = missing.length > 0 ? await request.prove(missing.map(({ path }) => path)) : [];
  const wheels = [...request.wheels, ...missing];
  const assets = await wheelAssets(wheels, [...request.verified, ...proven]);
  return publishRelease(
    {
      ...page,
      wheels,
      assets: assets.filter(({ name }) => name.endsWith('.whl') || !onPage.has(name)),
    },
    github,
    { ...options, rewriteNotes: true },
  );
}

async function earlierWheels(
  { version, wheels, projects, target, to }: ReleasePageRequest,
  tools: PublishTools,
): Promise<readonly PublishableWheel[]> {
  const index = await target.open(() => tools);
  const pages = await Promise.all(projects.map((project) => index.project(project)));
  const listed = pages.flatMap(({ files }) => wheelsOf(files, version));
  for (const wheel of wheels) {
    const same = listed.find(({ fileName }) => fileName === wheel.fileName);
    if (same && (await index.sha256Of(same)) !== wheel.sha256) {
      throw otherBytes(wheel, index.location);
    }
  }
  const own = new Set(wheels.map(({ fileName }) => fileName));
  const others = listed.filter(({ fileName, yanked }) => !own.has(fileName) && !yanked);
  if (others.length === 0) return [];
  return (await findWheels(await downloadFiles(index, others, to, tools.print))).wheels;
}

async function assetNames(tag: string, github: GithubSettings): Promise<ReadonlySet<string>> {
  const releases = githubReleases(github);
  const release = await releases.find(tag);
  return new Set(release ? (await releases.assets(release)).map(({ name }) => name) : []);
}
