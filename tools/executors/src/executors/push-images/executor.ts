import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { requireSkopeo } from '@vllm-cpu/registry/skopeo';
import { engineEnvironment } from '@vllm-cpu/registry/engine';
import { IMAGE_FILE } from '@vllm-cpu/image/image-record';
import { findImages, keepSampleHere, pushableImages } from '@vllm-cpu/image/pushable-images';
import { pushImages } from '@vllm-cpu/image/push-images';
import type { RegistryResult } from '@vllm-cpu/image/push-images';
import { PUSH_FILE, pushRecord } from '@vllm-cpu/image/push-record';
import { registriesOf, requireRegistries } from '@vllm-cpu/registry/registries';
import { workspaceFolders } from '@vllm-cpu/sources/workspace-folders';
import { describeError } from '@vllm-cpu/system/errors';
import { writeAtomically } from '@vllm-cpu/system/files';
import { stageFolder } from '@vllm-cpu/commands/built-wheel';
import { itemsOf } from '@vllm-cpu/system/list-items';
import { executor } from '../executor.ts';
import type { Repository } from '@vllm-cpu/commands/repository';
import { pushImagesOptions } from './options.ts';

export default executor(pushImagesOptions, async (options, repository) => {
  const { root, settings, runner, report, variants } = repository;
  const env = engineEnvironment(settings.env);
  await requireSkopeo({ runner, env });
  const registries = requireRegistries(
    registriesOf(options.registries ?? settings.env['VLLM_CPU_REGISTRIES']),
  );
  const handedIn = itemsOf(options.images).map((place) => resolve(root, place));
  const images = await findImages([...builtHere(options.release, repository), ...handedIn]);
  keepSampleHere(images, registries);
  const groups = await pushableImages(images, variants);
  const dryRun = options.dryRun ?? false;
  const print = options.json ? () => undefined : report;
  const scratch = join(workspaceFolders(settings.workspace).tasks, 'push-images');
  const results = await pushImages(
    { registries, variants: groups, scratch, dryRun },
    { runner, env, print },
  );
  const record = pushRecord(groups, results);
  const text = JSON.stringify(record, null, 2);
  if (!dryRun) {
    const folder = join(root, 'dist/wheels', options.release ?? 'elsewhere', 'push');
    await writeAtomically(join(folder, PUSH_FILE), `${text}\n`);
  }
  if (options.json) report(text);
  else for (const result of results) reportResult(result, dryRun, report);
  for (const { failure } of results)
    if (failure) process.stderr.write(`${describeError(failure)}\n`);
  return results.every(({ failure }) => failure === undefined);
});

/** The folders of dist/ that have an image of the release. */
function builtHere(release: string | undefined, { root, variants }: Repository): string[] {
  if (release === undefined) return [];
  const folders = variants.map(({ name }) => stageFolder(root, name, release, 'image'));
  return folders.filter((folder) => existsSync(join(folder, IMAGE_FILE)));
}

function reportResult(
  { registry, tags, pushed, failure }: RegistryResult,
  dryRun: boolean,
  report: (line: string) => void,
): void {
  const there = Object.keys(tags).filter((tag) => !pushed.includes(tag));
  if (there.length > 0) report(`${registry}: there already: ${there.join(', ')}`);
  const words = dryRun ? 'dry run: would push' : 'pushed';
  if (pushed.length > 0) report(`${registry}: ${words} ${pushed.join(', ')}`);
  report(`${registry}: ${failure ? 'NOT complete' : dryRun ? 'read' : 'complete'}`);
}
