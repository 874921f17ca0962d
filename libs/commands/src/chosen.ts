import { selectVersions } from '@vllm-cpu/pin/version-selection';
import { variantNamed } from '@vllm-cpu/sources/catalogue';
import type { NamedRelease } from '@vllm-cpu/sources/catalogue';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { itemsOf } from '@vllm-cpu/system/list-items';
import { machineOf, PLATFORMS } from '@vllm-cpu/variant/features';
import type { Platform } from '@vllm-cpu/variant/features';
import type { Variant } from '@vllm-cpu/variant/model';

/**
 * The items of a comma-separated list of `kind` ("releases"); undefined where it was left out.
 * @throws VllmCpuError LIST_EMPTY for one that names nothing, with which nothing would be done
 */
export function chosenItems(list: string | undefined, kind: string): string[] | undefined {
  if (list === undefined) return undefined;
  const items = itemsOf(list);
  if (items.length > 0) return items;
  throw new VllmCpuError({
    code: 'LIST_EMPTY',
    what: `"${list}" names no ${kind}`,
    next: `Name ${kind}, separated by commas, or leave the option out.`,
  });
}

/**
 * The pins that a selection names: names of pins, versions and ranges; every active one where nothing is
 * selected.
 * @throws VllmCpuError LIST_EMPTY, RELEASE_UNKNOWN and those of selectVersions
 */
export function chosenReleases(
  selection: string | undefined,
  releases: readonly NamedRelease[],
): NamedRelease[] {
  const items = chosenItems(selection, 'releases');
  if (!items) return releases.filter(({ release }) => release.active);
  const chosen = new Set(items.flatMap((item) => releasesOf(item, releases)));
  return releases.filter((release) => chosen.has(release));
}

function releasesOf(item: string, releases: readonly NamedRelease[]): NamedRelease[] {
  const named = releases.find(({ name }) => name === item);
  if (named) return [named];
  const pinned = releases.flatMap(({ release: { version, source } }) =>
    source.kind === 'embedded' ? [] : [{ version, tag: source.tag, commit: source.commit ?? '' }],
  );
  try {
    const versions = selectVersions(item, pinned).map(({ version }) => version);
    return releases.filter(({ release }) => versions.includes(release.version));
  } catch (cause) {
    if (!(cause instanceof VllmCpuError && cause.code === 'VERSION_UNKNOWN')) throw cause;
    throw new VllmCpuError({
      code: 'RELEASE_UNKNOWN',
      what: `${item} is not pinned`,
      why: `Pinned: ${releases.map(({ name }) => name).join(', ')}.`,
      next: `Pin it: npx nx run upstream:pin --releases="${item}"`,
      cause,
    });
  }
}

/**
 * The variants that a list names; all where nothing is named.
 * @throws VllmCpuError LIST_EMPTY, VARIANT_UNKNOWN
 */
export function chosenVariants(
  list: string | undefined,
  variants: readonly Variant[],
): readonly Variant[] {
  return chosenItems(list, 'variants')?.map((name) => variantNamed(variants, name)) ?? variants;
}

/**
 * The platforms that a list names, in full (linux-x86_64) or by machine (x86_64); all where nothing is
 * named.
 * @throws VllmCpuError LIST_EMPTY, PLATFORM_UNKNOWN
 */
export function chosenPlatforms(list: string | undefined): readonly Platform[] {
  return chosenItems(list, 'platforms')?.map(platformNamed) ?? PLATFORMS;
}

function platformNamed(name: string): Platform {
  const found = PLATFORMS.find((platform) => platform === name || machineOf(platform) === name);
  if (found) return found;
  throw new VllmCpuError({
    code: 'PLATFORM_UNKNOWN',
    what: `unknown platform ${name}`,
    next: `Use ${PLATFORMS.join(' or ')}.`,
  });
}
