import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { downloadWheels } from '@vllm-cpu/index/download-wheels';
import { requireReleaseOf } from '@vllm-cpu/publish/release-of-version';
import { releaseNamed, variantNamed } from '@vllm-cpu/sources/catalogue';
import { wheelName } from '@vllm-cpu/variant/model';
import { parseWheelFileName } from '@vllm-cpu/wheel/file-name';
import { parseVersion } from '@vllm-cpu/wheel/version';
import { findBuiltWheel, stageFolder } from '../built-wheel.ts';
import { publishTools, targetOf } from '../publish/publication.ts';
import type { Repository } from '../repository.ts';

export interface ExistingOptions {
  variant: string;
  release?: string | undefined;
  wheels?: string | undefined;
  from?: string | undefined;
  readUrl?: string | undefined;
  allowInsecure?: boolean | undefined;
  version?: string | undefined;
  to?: string | undefined;
}

/** Existing wheels of one release, and where rewritten ones go. */
export interface ExistingWheels {
  releaseName: string;
  paths: readonly string[];
  outDir: string;
}

/**
 * The wheels that a rewriting command starts from: those in dist/, in a folder, or on an index. Without
 * `release` they are those of every active pin; wheels of a folder, and a version, say it themselves.
 * @throws VllmCpuError WHEELS_NOT_FOUND, WHEEL_NOT_BUILT, VERSION_NOT_ON_INDEX, RELEASE_UNKNOWN
 */
export async function existingWheels(
  options: ExistingOptions,
  repository: Repository,
  kind: 'retag' | 'update-readme',
): Promise<ExistingWheels[]> {
  const version = options.version && parseVersion(options.version).public;
  const given = { ...options, version };
  const found = options.wheels
    ? inFolder(options.wheels, given, repository)
    : await Promise.all(
        releaseNames(given, repository).map(async (releaseName) => ({
          releaseName,
          paths: options.from
            ? await downloaded(options.from, releaseName, given, repository)
            : [builtWheelOf(given, releaseName, repository)],
        })),
      );
  return found.map(({ releaseName, paths }) => ({
    releaseName,
    paths,
    outDir: options.to
      ? resolve(repository.root, options.to)
      : stageFolder(repository.root, options.variant, releaseName, kind),
  }));
}

/** @throws VllmCpuError WHEEL_NOT_BUILT, which says where the release comes from and what is built here */
function builtWheelOf(
  { variant, release, version }: ExistingOptions,
  releaseName: string,
  { root }: Repository,
): string {
  const found = findBuiltWheel(root, variant, releaseName);
  if (found) return found.path;
  const byDefault = !release && !version;
  const built = builtReleases(root, variant);
  throw new VllmCpuError({
    code: 'WHEEL_NOT_BUILT',
    what: `no wheel of ${variant} built for release ${releaseName}`,
    why: [
      ...(byDefault ? [`${releaseName} is an active release, and no --release was given.`] : []),
      `Built here: ${built.join(', ') || 'nothing'}.`,
    ].join(' '),
    next:
      built.length > 0
        ? `Give --release=${built[0]}, or build it: npx nx run variant-${variant}:build-${releaseName}`
        : `Build it: npx nx run variant-${variant}:build-${releaseName}`,
  });
}

/** Releases of which dist/ has the variant's wheel. */
function builtReleases(root: string, variant: string): string[] {
  const folder = join(root, 'dist', `variant-${variant}`);
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => findBuiltWheel(root, variant, name));
}

type Found = Pick<ExistingWheels, 'releaseName' | 'paths'>;

function releaseNames({ release, version }: ExistingOptions, { releases }: Repository): string[] {
  if (release) {
    releaseNamed(releases, release);
    return [release];
  }
  if (version) return [requireReleaseOf(version, releases).name];
  return releases.filter((each) => each.release.active).map(({ name }) => name);
}

async function downloaded(
  from: string,
  releaseName: string,
  options: ExistingOptions,
  repository: Repository,
): Promise<string[]> {
  const { distribution } = variantNamed(repository.variants, options.variant);
  const version = options.version ?? releaseNamed(repository.releases, releaseName).version;
  const to = join(repository.settings.workspace, 'downloads', releaseName);
  const index = { index: from, allowInsecure: options.allowInsecure };
  const target = targetOf(index, repository, version, false);
  return downloadWheels(
    { target, projects: [distribution], version, to },
    await publishTools(options, repository),
  );
}

/** The variant's wheels in a folder, by the release that their names say. */
function inFolder(
  wheels: string,
  options: ExistingOptions,
  { root, variants, releases }: Repository,
): Found[] {
  const { distribution } = variantNamed(variants, options.variant);
  const place = resolve(root, wheels);
  const found = new Map<string, string[]>();
  for (const path of filesAt(place)) {
    const name = basename(path);
    if (!name.startsWith(`${wheelName(distribution)}-`) || !name.endsWith('.whl')) continue;
    const version = parseVersion(parseWheelFileName(name).version).public;
    if (options.version && options.version !== version) continue;
    const releaseName = requireReleaseOf(version, releases).name;
    if (options.release && options.release !== releaseName) continue;
    found.set(releaseName, [...(found.get(releaseName) ?? []), path]);
  }
  if (found.size > 0) return [...found].map(([releaseName, paths]) => ({ releaseName, paths }));
  const asked = options.version ?? options.release;
  throw new VllmCpuError({
    code: 'WHEELS_NOT_FOUND',
    what: `no wheel of ${distribution}${asked ? ` ${asked}` : ''} in ${place}`,
    next: 'Choose a folder that has one with --wheels, or an index with --from.',
  });
}

/** The files in a folder, or the one file itself. */
function filesAt(place: string): string[] {
  const status = statSync(place, { throwIfNoEntry: false });
  if (!status?.isDirectory()) return status ? [place] : [];
  return readdirSync(place)
    .sort()
    .map((name) => join(place, name));
}
