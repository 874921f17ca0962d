import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { explain, satisfies } from '@renovatebot/pep440';
import { z } from 'zod';
import { parseJson } from '@vllm-cpu/system/parse-json';
import { knownFeatures, PLATFORMS } from '@vllm-cpu/variant/features';
import type { Platform } from '@vllm-cpu/variant/features';
import type { Release } from './release.ts';
import { specifierField } from './version-fields.ts';

/** One replacement in one file of the upstream source. */
export interface SourceEdit {
  id: string;
  /** Path in the upstream repository. */
  file: string;
  /** Text that must stand exactly once in the file. */
  find: string;
  replace: string;
  why: string;
}

function machineFlags(meaning: string) {
  return z
    .array(z.string().regex(/^-m\S+$/))
    .default([])
    .describe(meaning);
}

const featuresField = z
  .array(z.enum(PLATFORMS.flatMap(knownFeatures) as [string, ...string[]]))
  .default([]);

/** A fixed defect of upstream: `packages/upstream/edits/<id>.json`. */
export const editSchema = z.strictObject({
  $schema: z.string().optional(),
  id: z.string().regex(/^[a-z0-9-]+$/),
  releases: z
    .union([specifierField, z.array(specifierField).min(1)])
    .describe('PEP 440 specifier of the releases that have the defect; of several, any'),
  platforms: z.array(z.enum(PLATFORMS)).min(1),
  whenLacking: featuresField.describe(
    'applied only to variants that lack one of these CPU features; empty: to all',
  ),
  whenHaving: featuresField.describe(
    'applied only to variants that have all of these CPU features; empty: to all',
  ),
  removesFlags: machineFlags('-m flags that the kernel modules as a whole lose by this'),
  givesFlags: machineFlags(
    '-m flags that single sources of the kernel module get by this; that no other source asks for them is checked',
  ),
  file: z.string(),
  find: z.string().min(8),
  replace: z
    .string()
    .describe(
      'may have @MODULE@, the kernel module of the level, and @BASELINE_FLAGS@, what its CPUs all have',
    ),
  why: z.string().min(20),
  link: z.url(),
});

export type ReleaseEdit = z.infer<typeof editSchema>;

const EDITS_FOLDER = 'packages/upstream/edits';

/** Every declared edit of the repository at `root`, by file name. */
export function loadEdits(root: string): ReleaseEdit[] {
  const folder = join(root, EDITS_FOLDER);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => {
      const source = `${EDITS_FOLDER}/${file}`;
      const named = editSchema.refine(({ id }) => file === `${id}.json`, {
        path: ['id'],
        error: 'is not the name of the file',
      });
      return parseJson(readFileSync(join(root, source), 'utf8'), named, source);
    });
}

/**
 * The edits that this release needs for a CPU that has exactly `features`. A candidate has the sources of
 * the release that it is one of.
 */
export function editsFor(
  edits: readonly ReleaseEdit[],
  release: Pick<Release, 'version'>,
  platform: Platform,
  features: readonly string[],
): ReleaseEdit[] {
  const parts = explain(release.version);
  const version = parts?.is_prerelease ? parts.base_version : release.version;
  return edits.filter(
    (edit) =>
      [edit.releases].flat().some((each) => satisfies(version, each)) &&
      edit.platforms.includes(platform) &&
      (edit.whenLacking.length === 0 ||
        edit.whenLacking.some((feature) => !features.includes(feature))) &&
      edit.whenHaving.every((feature) => features.includes(feature)),
  );
}
