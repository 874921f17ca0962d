import { basename, join } from 'node:path';
import { downloadWheels } from '@vllm-cpu/index/download-wheels';
import { githubReleases } from '@vllm-cpu/github/releases';
import { githubSettings } from '@vllm-cpu/github/github-settings';
import { findSuffixes } from '@vllm-cpu/index/next-suffix';
import { theOnlyWheel } from '@vllm-cpu/wheel/proven-wheel';
import type { PublishTools } from '@vllm-cpu/index/publish-tools';
import { readPublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { writeAtomically } from '@vllm-cpu/system/files';
import { wheelName } from '@vllm-cpu/variant/model';
import { platformOf } from '@vllm-cpu/wheel/file-name';
import { applySuffix } from '@vllm-cpu/wheel/version';
import type { CompileSubject } from '@vllm-cpu/sources/compile-subject';
import { publishTools, targetOf } from '../publish/publication.ts';
import type { Repository } from '../repository.ts';

export interface PublishedOptions {
  from: string;
  suffix?: string | undefined;
  allowInsecure?: boolean | undefined;
  json?: boolean | undefined;
}

/** A wheel that was downloaded, and from where. */
export interface DownloadedWheel {
  wheel: PublishableWheel;
  from: string;
}

/** What makes the release page be asked: the index has no such version, or does not answer. */
const MISSING = ['VERSION_NOT_ON_INDEX', 'INDEX_UNREACHABLE'];

/**
 * The published wheel of a variant for this platform: from an index, and where that does not have it from
 * the GitHub release.
 * @throws VllmCpuError VERSION_NOT_ON_INDEX, INDEX_UNREACHABLE, DOWNLOAD_DAMAGED
 */
export async function publishedWheel(
  subject: CompileSubject,
  options: PublishedOptions,
  repository: Repository,
): Promise<DownloadedWheel> {
  const tools = await publishTools(options, repository);
  const to = join(repository.settings.workspace, 'downloads', subject.releaseName);
  const request = { subject, options, repository, tools, to };
  try {
    return await fromIndex(request);
  } catch (cause) {
    if (!(cause instanceof VllmCpuError) || !MISSING.includes(cause.code)) throw cause;
    tools.print(`${cause.what}; asking the GitHub release`);
    const found = await fromGithub(request).catch((later: unknown) => neither(cause, later));
    return found;
  }
}

interface Request {
  subject: CompileSubject;
  options: PublishedOptions;
  repository: Repository;
  tools: PublishTools;
  to: string;
}

async function fromIndex({ subject, options, repository, tools, to }: Request) {
  const { variant, release, platform } = subject;
  const base = applySuffix(release.version, undefined);
  const embedded = release.source.kind === 'embedded';
  const spec = { index: options.from, allowInsecure: options.allowInsecure };
  const target = targetOf(spec, repository, base, embedded);
  const index = await target.open(() => tools);
  const pinned = repository.releases.map((each) => each.release.version);
  const highest = async () => {
    const page = await index.project(variant.distribution);
    const files = page.files.filter(({ yanked }) => !yanked);
    return findSuffixes(base, [{ ...page, files }], pinned).highest ?? '';
  };
  const version =
    options.suffix === 'highest'
      ? `${base}${await highest()}`
      : versionOf(request(subject, options));
  const projects = [variant.distribution];
  const paths = await downloadWheels({ target, projects, version, to }, tools);
  const here = paths.filter((path) => platformOf(basename(path)) === platform);
  const wheels = await Promise.all(here.map(readPublishableWheel));
  return { wheel: theOnlyWheel(wheels), from: index.location };
}

async function fromGithub({ subject, options, repository, tools, to }: Request) {
  const { print } = tools;
  const releases = githubReleases({ ...githubSettings(repository.settings.env), print });
  const tag = `v${versionOf(request(subject, options))}`;
  const release = await releases.find(tag);
  const prefix = `${wheelName(subject.variant.distribution)}-`;
  const assets = release ? await releases.assets(release) : [];
  const asset = assets.find(
    ({ name, whole }) =>
      whole &&
      name.startsWith(prefix) &&
      name.endsWith('.whl') &&
      platformOf(name) === subject.platform,
  );
  if (!release || !asset) throw notReleased(tag, subject.variant.distribution);
  print(`downloading ${asset.name} from ${release.url}`);
  const path = join(to, asset.name);
  await writeAtomically(path, await releases.contentOf(asset));
  const wheel = await readPublishableWheel(path);
  if (wheel.sha256 !== (await releases.digestOf(asset))) throw damaged(asset.name, release.url);
  return { wheel, from: release.url };
}

function request(subject: CompileSubject, { suffix }: PublishedOptions) {
  return { release: subject.release.version, suffix };
}

/** The release page is asked for the release itself where the highest suffix is not known. */
function versionOf({ release, suffix }: { release: string; suffix: string | undefined }): string {
  return applySuffix(release, suffix === 'highest' ? undefined : suffix);
}

function notReleased(tag: string, distribution: string): VllmCpuError {
  return new VllmCpuError({
    code: 'WHEEL_NOT_RELEASED',
    what: `no wheel of ${distribution} for this platform in GitHub release ${tag}`,
    next: 'Publish the release first, or choose another version with --suffix.',
  });
}

function damaged(name: string, url: string): VllmCpuError {
  return new VllmCpuError({
    code: 'DOWNLOAD_DAMAGED',
    what: `${name} from ${url} does not match its digest on GitHub`,
    next: 'Try again. If it persists, a proxy may be modifying the download.',
  });
}

function neither(first: VllmCpuError, later: unknown): never {
  const second = later instanceof VllmCpuError ? later.what : String(later);
  throw new VllmCpuError({
    code: first.code,
    what: first.what,
    why: [first.why, `The GitHub release could not be used either: ${second}.`]
      .filter(Boolean)
      .join(' '),
    next: 'Choose an index that has it with --from, or set GITHUB_REPOSITORY and GITHUB_TOKEN.',
    cause: later,
  });
}
