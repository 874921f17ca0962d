import type { Platform } from '@vllm-cpu/variant/features';
import type { ReleaseSource } from './release.ts';

/**
 * The Python tag of a wheel of this release with these files: the newest limited API that the pin
 * states for a module among them, and not below the release's own. Modules since 0.22 want a newer
 * one than `bdist_wheel` is told. Null where the release has no stable ABI.
 */
export function limitedApiOf(
  source: Pick<ReleaseSource, 'modules' | 'pyLimitedApi'>,
  platform: Platform,
  files: Iterable<string>,
): string | null {
  const present = new Set(files);
  const modules = source.modules?.[platform] ?? [];
  return modules
    .filter(({ name }) => present.has(`vllm/${name}.abi3.so`))
    .map(({ pyLimitedApi }) => pyLimitedApi)
    .reduce(
      (newest, own) => (newest && own && minor(own) > minor(newest) ? own : newest),
      source.pyLimitedApi,
    );
}

/** cp311: 11. */
function minor(tag: string): number {
  return Number(tag.slice('cp3'.length));
}
