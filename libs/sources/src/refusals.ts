import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { satisfies } from '@renovatebot/pep440';
import { z } from 'zod';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { parseJson } from '@vllm-cpu/system/parse-json';
import { specifierField } from './version-fields.ts';

const REFUSALS_FILE = 'packages/upstream/refused.json';

/** Releases that are never pinned: what upstream broke, and fixed in a later one. */
export const refusalsSchema = z.strictObject({
  $schema: z.string().optional(),
  refused: z.array(
    z.strictObject({
      releases: specifierField.describe('PEP 440 specifier; pre-releases count too'),
      reason: z.string().min(20).describe('why, as a sentence'),
      instead: z.string().describe('the release to take, without v'),
    }),
  ),
});

export type Refusal = z.infer<typeof refusalsSchema>['refused'][number];

/** The declared refusals of the repository at `root`. */
export function loadRefusals(root: string): Refusal[] {
  const path = join(root, REFUSALS_FILE);
  if (!existsSync(path)) return [];
  return parseJson(readFileSync(path, 'utf8'), refusalsSchema, REFUSALS_FILE).refused;
}

/** The refusal that `version` falls under, or undefined. */
export function refusalOf(version: string, refusals: readonly Refusal[]): Refusal | undefined {
  return refusals.find(({ releases }) => satisfies(version, releases, { prereleases: true }));
}

/** The error for a release that falls under `refusal`; code RELEASE_REFUSED. */
export function releaseRefused(version: string, refusal: Refusal): VllmCpuError {
  return new VllmCpuError({
    code: 'RELEASE_REFUSED',
    what: `vLLM ${version} cannot be pinned`,
    why: refusal.reason,
    next: `Use ${refusal.instead} instead.`,
  });
}
