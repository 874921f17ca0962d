import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { parseJson } from '@vllm-cpu/system/parse-json';
import type { Platform } from '@vllm-cpu/variant/features';
import { variantSchema } from '@vllm-cpu/variant/model';
import type { StatedVariant, Variant } from '@vllm-cpu/variant/model';
import { levelsIn, resolveVariants } from '@vllm-cpu/variant/sums';
import { parseRelease } from './release.ts';
import type { Release, ReleaseSource } from './release.ts';

/** A pin under the name of its file; targets are called <stage>-<name>. */
export interface NamedRelease {
  name: string;
  release: Release;
}

export const RELEASES_FOLDER = 'packages/upstream/releases';
const SAMPLE_FOLDER = 'packages/upstream/sample';

/** Folders of the embedded upstream, relative to the root: each is laid over the ones before. */
export function embeddedFolders(source: Pick<ReleaseSource, 'folders'>): readonly string[] {
  return source.folders ?? [SAMPLE_FOLDER];
}

/** Path of a variant's definition, relative to the repository's root. */
function variantFile(name: string): string {
  return `packages/variant-${name}/variant.json`;
}

/**
 * Every variant of the repository, lowest rank first.
 * @throws VllmCpuError INVALID_JSON, INVALID_CONTENT, VARIANT_INCOMPLETE, VARIANT_CONFLICT or
 * VARIANT_LEVEL_UNKNOWN
 */
export function loadVariants(root: string): Variant[] {
  const packages = join(root, 'packages');
  const variants = readdirSync(packages)
    .filter((folder) => existsSync(join(packages, folder, 'variant.json')))
    .map((folder) => {
      refuseWithoutReadme(root, `packages/${folder}`);
      const source = `packages/${folder}/variant.json`;
      const variant = parseJson(readFileSync(join(root, source), 'utf8'), variantSchema, source);
      if (folder !== `variant-${variant.name}`) {
        throw conflict(
          `${source} is named ${variant.name}`,
          'The folder must be variant-<name>.',
          `Rename the folder to variant-${variant.name}, or correct "name".`,
        );
      }
      return variant;
    });
  for (const field of ['distribution', 'rank'] as const) refuseTwins(variants, field);
  return resolveVariants(variants);
}

/** The build puts the README into the wheel: without this check it fails after the compile. */
function refuseWithoutReadme(root: string, folder: string): void {
  const file = `${folder}/README.md`;
  if (statSync(join(root, file), { throwIfNoEntry: false })?.isFile()) return;
  throw new VllmCpuError({
    code: 'VARIANT_INCOMPLETE',
    what: `${file} does not exist`,
    why: 'It is the page of the package on the package index, and part of the wheel.',
    next: `Copy the README.md of another variant to ${file}, and change what it says.`,
  });
}

function refuseTwins(variants: readonly StatedVariant[], field: 'distribution' | 'rank'): void {
  const seen = new Map<string | number, string>();
  for (const variant of variants) {
    const other = seen.get(variant[field]);
    if (other) {
      throw conflict(
        `the variants ${other} and ${variant.name} both have the ${field} ${variant[field]}`,
        'Two wheels could not be distinguished.',
        `Change "${field}" in ${variantFile(variant.name)} or in ${variantFile(other)}.`,
      );
    }
    seen.set(variant[field], variant.name);
  }
}

function conflict(what: string, why: string, next: string): VllmCpuError {
  return new VllmCpuError({ code: 'VARIANT_CONFLICT', what, why, next });
}

/** Every pin, by file name. */
export function loadReleases(root: string): NamedRelease[] {
  const folder = join(root, RELEASES_FOLDER);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => {
      const source = `${RELEASES_FOLDER}/${file}`;
      return {
        name: file.slice(0, -'.json'.length),
        release: parseRelease(readFileSync(join(root, source), 'utf8'), source),
      };
    });
}

/** @throws VllmCpuError VARIANT_UNKNOWN */
export function variantNamed(variants: readonly Variant[], name: string): Variant {
  const found = variants.find((variant) => variant.name === name);
  if (found) return found;
  throw new VllmCpuError({
    code: 'VARIANT_UNKNOWN',
    what: `unknown variant ${name}`,
    next: `Use one of ${variants.map((variant) => variant.name).join(', ')}.`,
  });
}

/** @throws VllmCpuError RELEASE_UNKNOWN */
export function releaseNamed(releases: readonly NamedRelease[], name: string): Release {
  const found = releases.find((release) => release.name === name);
  if (found) return found.release;
  throw new VllmCpuError({
    code: 'RELEASE_UNKNOWN',
    what: `release ${name} is not pinned`,
    why: `Pinned: ${releases.map((release) => release.name).join(', ')}.`,
    next: 'Use one of these, or pin it: npx nx run upstream:releases lists what can be pinned.',
  });
}

/** The lower variant whose compile serves `variant` at this release, or undefined. */
export function equivalentTo(
  release: Release,
  variant: string,
  platform: string,
): string | undefined {
  return release.equivalences.find(
    (entry) => entry.variant === variant && entry.platform === platform,
  )?.to;
}

/**
 * The variants whose compiles a wheel is made from, lowest first: of a level its own, or that of the lower
 * one that it is equivalent to at this release; of a sum those of all its levels, each once.
 */
export function compiledVariants(
  release: Release,
  variant: Variant,
  platform: Platform,
  variants: readonly Variant[],
): Variant[] {
  const compiled = levelsIn(variant, platform, variants).map(
    (level) =>
      variants.find(({ name }) => name === equivalentTo(release, level.name, platform)) ?? level,
  );
  return [...new Set(compiled)];
}
