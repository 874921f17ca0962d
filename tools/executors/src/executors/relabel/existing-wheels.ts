import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { VllmCpuError } from '../../system/errors.ts';
import { downloadWheels } from '../../publish/download-wheels.ts';
import { variantNamed } from '../../sources/catalogue.ts';
import { wheelName } from '../../variant/model.ts';
import { builtWheel, stageFolder } from '../built-wheel.ts';
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
 * The wheels that a rewriting command starts from: those in dist/, in a folder, or on an index.
 * @throws VllmCpuError WHEELS_NOT_FOUND, WHEEL_NOT_BUILT, VERSION_NOT_ON_INDEX
 */
export async function existingWheels(
  options: ExistingOptions,
  repository: Repository,
  kind: 'relabel' | 'readme',
): Promise<ExistingWheels[]> {
  const active = repository.releases.filter(({ release }) => release.active);
  const names = options.release ? [options.release] : active.map(({ name }) => name);
  return Promise.all(
    names.map(async (releaseName) => ({
      releaseName,
      paths: await wheelPaths(options, repository, releaseName),
      outDir: options.to
        ? resolve(repository.root, options.to)
        : stageFolder(repository.root, options.variant, releaseName, kind),
    })),
  );
}

async function wheelPaths(
  options: ExistingOptions,
  repository: Repository,
  releaseName: string,
): Promise<string[]> {
  const { distribution } = variantNamed(repository.variants, options.variant);
  if (options.from) {
    const pin = repository.releases.find(({ name }) => name === releaseName)?.release;
    const version = options.version ?? pin?.version ?? releaseName;
    const to = join(repository.settings.workspace, 'downloads', releaseName);
    const index = { index: options.from, allowInsecure: options.allowInsecure };
    const target = targetOf(index, repository, version, false);
    return downloadWheels(
      { target, projects: [distribution], version, to },
      await publishTools(options, repository),
    );
  }
  if (!options.wheels) return [builtWheel(repository.root, options.variant, releaseName).path];
  const folder = resolve(repository.root, options.wheels);
  const found = existsSync(folder)
    ? readdirSync(folder).filter(
        (name) => name.startsWith(`${wheelName(distribution)}-`) && name.endsWith('.whl'),
      )
    : [];
  if (found.length > 0) return found.map((name) => join(folder, name));
  throw new VllmCpuError({
    code: 'WHEELS_NOT_FOUND',
    what: `${folder} has no wheel of ${distribution}`,
    next: 'Name a folder that has one with --wheels, or an index with --from.',
  });
}
