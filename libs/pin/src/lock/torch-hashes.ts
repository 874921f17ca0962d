import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseLock } from '@vllm-cpu/python/lock-file';
import { TORCH_CPU_INDEX } from '@vllm-cpu/python/torch-cpu-index';
import { withTemporaryFolder } from '@vllm-cpu/system/temporary-folder';
import type { ReleaseEnvironment, ReleaseSource } from '@vllm-cpu/sources/release';
import { PLATFORMS } from '@vllm-cpu/variant/features';
import type { Platform } from '@vllm-cpu/variant/features';
import type { Resolver } from './resolve-lock.ts';

/**
 * The digests of torch's files on its own index, by platform. Where that index is not reached or does
 * not say, what was `known` before stays, and without that null: not verified.
 */
export async function torchHashes(
  resolver: Resolver,
  { torch }: Pick<ReleaseSource, 'torch'>,
  known: ReleaseEnvironment['torch'] | undefined,
  index: string = TORCH_CPU_INDEX,
): Promise<ReleaseEnvironment['torch']> {
  const asked = new Map<string, Promise<string[] | null>>();
  const of = async (platform: Platform): Promise<string[] | null> => {
    const version = torch[platform];
    if (version === null) return null;
    const found = asked.get(version) ?? digestsOn(resolver, version, index);
    asked.set(version, found);
    return (await found) ?? known?.[platform] ?? null;
  };
  const entries = await Promise.all(
    PLATFORMS.map(async (platform) => [platform, await of(platform)] as const),
  );
  return Object.fromEntries(entries) as ReleaseEnvironment['torch'];
}

/** All files of the version, for all Pythons; null where the index gives no digests. */
async function digestsOn(
  { runner, uv, env, scratch }: Resolver,
  version: string,
  index: string,
): Promise<string[] | null> {
  return withTemporaryFolder(join(scratch, 'torch-'), async (folder) => {
    await writeFile(join(folder, 'torch.in'), `torch==${version}\n`);
    const compiled = await runner.try({
      argv: [
        ...([uv, 'pip', 'compile', 'torch.in', '--universal', '--no-deps'] as const),
        ...['--generate-hashes', '--no-header', '--no-annotate', '--no-emit-index-url'],
        ...['--default-index', index],
      ],
      cwd: folder,
      env,
    });
    if (compiled.exitCode !== 0) return null;
    try {
      return [...(parseLock(compiled.stdout, index)[0]?.hashes ?? [])];
    } catch {
      // The index is there and gives no digests.
      return null;
    }
  });
}
