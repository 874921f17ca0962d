import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { outputFolder, projectOf } from '@vllm-cpu/compile/plan';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { parseJson } from '@vllm-cpu/system/parse-json';
import { buildManifestSchema } from '@vllm-cpu/sources/build-manifest';
import type { BuildManifest } from '@vllm-cpu/sources/build-manifest';
import { MANIFEST_FILE } from '@vllm-cpu/sources/compile-manifest';

/** A wheel that build left in dist/, with its manifest. */
export interface BuiltWheel {
  path: string;
  manifest: BuildManifest;
}

/** dist/<project>/<release>/<stage>, absolute. */
export function stageFolder(
  root: string,
  variant: string,
  releaseName: string,
  stage: string,
): string {
  return join(root, outputFolder(projectOf(variant), releaseName, stage));
}

/** The built wheel of a variant, or undefined where there is none. */
export function findBuiltWheel(
  root: string,
  variant: string,
  releaseName: string,
): BuiltWheel | undefined {
  const folder = stageFolder(root, variant, releaseName, 'build');
  const file = join(folder, MANIFEST_FILE);
  if (!existsSync(file)) return undefined;
  const manifest = parseJson(readFileSync(file, 'utf8'), buildManifestSchema, file);
  return { path: join(folder, manifest.wheel.file), manifest };
}

/** @throws VllmCpuError WHEEL_NOT_BUILT */
export function builtWheel(root: string, variant: string, releaseName: string): BuiltWheel {
  const found = findBuiltWheel(root, variant, releaseName);
  if (found) return found;
  throw new VllmCpuError({
    code: 'WHEEL_NOT_BUILT',
    what: `no wheel of ${variant} built for release ${releaseName}`,
    next: `Build it: npx nx run ${projectOf(variant)}:build-${releaseName}`,
  });
}
