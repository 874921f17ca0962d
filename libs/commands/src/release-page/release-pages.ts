import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { findWheels } from '@vllm-cpu/wheel/find-wheels';
import type { FoundWheels } from '@vllm-cpu/wheel/find-wheels';
import type { ReleaseResult } from '@vllm-cpu/publish/github-release';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';
import { requireReleaseOf } from '@vllm-cpu/publish/release-of-version';
import { completeReleasePage } from '@vllm-cpu/publish/release-page';
import type { VerifiedWheel } from '@vllm-cpu/wheel/verified-wheel';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { publishTools, targetOf } from '../publish/publication.ts';
import type { PublicationOptions } from '../publish/publication.ts';
import { githubOf, hasReleasePage, NO_PAGE, pageOf, pageText } from './page-content.ts';
import type { Repository } from '../repository.ts';
import { proveHandedIn } from '../verify-wheels/prove.ts';

interface Options extends PublicationOptions {
  /** Commit that a new tag is put on; else the branch's head. */
  commit?: string | undefined;
}

/** Makes or completes the release page of every version that the folder `place` has wheels of. */
export async function releasePages(
  place: string,
  options: Options,
  repository: Repository,
): Promise<({ version: string } & ReleaseResult)[]> {
  const found = await findWheels([place]);
  const results: ({ version: string } & ReleaseResult)[] = [];
  for (const version of new Set(found.wheels.map((wheel) => wheel.version))) {
    const result = await releasePage(version, found, options, repository);
    if (result) results.push({ version, ...result });
  }
  return results;
}

async function releasePage(
  version: string,
  found: FoundWheels,
  options: Options,
  repository: Repository,
): Promise<ReleaseResult | undefined> {
  const { settings, report, variants } = repository;
  const { release } = requireReleaseOf(version, repository.releases);
  if (!hasReleasePage(release, repository)) {
    report(NO_PAGE);
    return undefined;
  }
  const to = join(settings.workspace, 'downloads', 'release-page', version);
  await rm(to, { recursive: true, force: true });
  const dryRun = options.dryRun ?? false;
  const result = await completeReleasePage(
    {
      version,
      ...found,
      wheels: found.wheels.filter((wheel) => wheel.version === version),
      projects: variants.map(({ distribution }) => distribution),
      target: targetOf(options, repository, version, release.source.kind === 'embedded'),
      to,
      describe: (wheels: readonly PublishableWheel[]) => ({
        ...pageOf(version, wheels, release, repository),
        commit: options.commit || undefined,
      }),
      prove: (paths) => proveAll(paths, repository),
    },
    await publishTools(options, repository),
    githubOf(repository, { print: report, dryRun }),
    { dryRun },
  );
  report(pageText(result, dryRun));
  return result;
}

async function proveAll(
  paths: readonly string[],
  repository: Repository,
): Promise<readonly VerifiedWheel[]> {
  const reports: string[] = [];
  for (const path of paths) {
    const { report, file } = await proveHandedIn(path, {}, repository);
    if (!report.ok) throw noLongerPasses(basename(path), file);
    reports.push(file);
  }
  return (await findWheels(reports)).verified;
}

function noLongerPasses(name: string, file: string): VllmCpuError {
  return new VllmCpuError({
    code: 'PUBLISHED_WHEEL_FAILS',
    what: `published wheel ${name} fails the current checks`,
    why: `The report is ${file}. The GitHub release was not changed.`,
    next: 'Inspect the wheel. If it is bad, yank it and publish the next suffix.',
  });
}
