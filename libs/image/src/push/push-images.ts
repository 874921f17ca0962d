import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RetryPolicy } from '@vllm-cpu/system/retry';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { withScratchFolder } from '@vllm-cpu/system/replace-folder';
import type { RemoteManifest } from '@vllm-cpu/registry/manifest-list';
import { planPushes, tagsToRead } from './push-plan.ts';
import type { TagStep, VariantImages, VariantPush } from './push-plan.ts';
import type { Registry } from '@vllm-cpu/registry/registries';
import { openRegistry } from '@vllm-cpu/registry/registry-client';
import type { RegistryClient } from '@vllm-cpu/registry/registry-client';
import type { EngineTools } from '@vllm-cpu/registry/run-engine';

export interface PushRequest {
  registries: readonly Registry[];
  variants: readonly VariantImages[];
  retries?: RetryPolicy | undefined;
  /** Base of a folder to work in. */
  scratch: string;
  dryRun: boolean;
}

/** What became of one registry. */
export interface RegistryResult {
  registry: string;
  /** Digests by tag, of all tags that are right now. */
  tags: Record<string, string>;
  /** Tags that this run set, or would in a dry run. */
  pushed: string[];
  /** Why it is not complete. */
  failure: VllmCpuError | undefined;
}

interface Planned {
  registry: Registry;
  client: RegistryClient;
  pushes: VariantPush[];
  failure: VllmCpuError | undefined;
}

/**
 * Pushes images to every registry. All registries are read first: a tag that is taken stops everything before
 * the first byte. In each, version tags come first and moving tags last, so that `latest` never means
 * something that is not there. A registry that fails does not keep the others from being completed; the same
 * command completes it later.
 * @throws VllmCpuError TAG_TAKEN
 */
export async function pushImages(
  request: PushRequest,
  tools: EngineTools,
): Promise<RegistryResult[]> {
  const planned: Planned[] = [];
  for (const registry of request.registries) planned.push(await plan(registry, request, tools));
  const results: RegistryResult[] = [];
  for (const each of planned) results.push(await complete(each, request, tools));
  return results;
}

async function plan(
  registry: Registry,
  request: PushRequest,
  tools: EngineTools,
): Promise<Planned> {
  const client = openRegistry(registry, tools, request.retries);
  const read = async (): Promise<VariantPush[]> => {
    const tags = await client.tags();
    const manifests = new Map<string, RemoteManifest>();
    for (const tag of request.variants.flatMap(tagsToRead).filter((name) => tags.includes(name))) {
      const manifest = await client.manifest(`:${tag}`);
      if (manifest) manifests.set(tag, manifest);
    }
    return planPushes(request.variants, { tags, manifests }, registry.name);
  };
  const done = await orFailure(read);
  if ('failure' in done && done.failure.code === 'TAG_TAKEN') throw done.failure;
  const failed = 'failure' in done;
  return {
    registry,
    client,
    pushes: failed ? [] : done.value,
    failure: failed ? done.failure : undefined,
  };
}

async function complete(
  { registry, client, pushes, failure }: Planned,
  request: PushRequest,
  tools: EngineTools,
): Promise<RegistryResult> {
  const result: RegistryResult = { registry: registry.name, tags: {}, pushed: [], failure };
  const steps = pushes.flatMap((push) => [...push.versionTags, ...push.movingTags]);
  for (const { tag, digest, there } of steps) {
    if (there) result.tags[tag] = digest;
    else if (request.dryRun) result.pushed.push(tag);
  }
  for (const { note } of pushes) if (note) tools.print(`${registry.name}: ${note}`);
  if (request.dryRun || failure) return result;
  const done = await orFailure(() =>
    withScratchFolder(request.scratch, async (scratch) => {
      for (const push of pushes) await pushVersion(push, scratch, { client, result, tools });
      for (const push of pushes) {
        await pushTags(push, push.movingTags, scratch, { client, result, tools });
      }
    }),
  );
  return 'failure' in done ? { ...result, failure: done.failure } : result;
}

interface Place {
  client: RegistryClient;
  result: RegistryResult;
  tools: EngineTools;
}

async function pushVersion(push: VariantPush, scratch: string, place: Place): Promise<void> {
  if (push.versionTags.every(({ there }) => there)) return;
  for (const { folder, digest, platform } of push.images) {
    place.tools.print(`${place.result.registry}: ${push.variant} for ${platform}, ${digest}`);
    await place.client.copy(folder, `@${digest}`, 'image');
  }
  await pushTags(push, push.versionTags, scratch, place);
}

async function pushTags(
  push: VariantPush,
  steps: readonly TagStep[],
  scratch: string,
  { client, result, tools }: Place,
): Promise<void> {
  for (const { tag, digest, there } of steps) {
    if (there) continue;
    tools.print(`${result.registry}:${tag}`);
    if (push.subject.kind === 'image') await client.copy(push.subject.folder, `:${tag}`, 'image');
    else await client.copy(await listFolder(push.subject.text, scratch), `:${tag}`, 'list');
    result.tags[tag] = digest;
    result.pushed.push(tag);
  }
}

/** A list as skopeo's `dir:` transport reads it. */
async function listFolder(text: string, scratch: string): Promise<string> {
  const folder = join(scratch, 'list');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'version'), 'Directory Transport Version: 1.1\n');
  await writeFile(join(folder, 'manifest.json'), text);
  return folder;
}

/** What the user can act on is kept for the report; a defect of this program is thrown. */
async function orFailure<T>(
  action: () => Promise<T>,
): Promise<{ value: T } | { failure: VllmCpuError }> {
  try {
    return { value: await action() };
  } catch (error) {
    if (error instanceof VllmCpuError) return { failure: error };
    throw error;
  }
}
