import { selectVersions } from '@vllm-cpu/pin/version-selection';
import { variantNamed } from '@vllm-cpu/sources/catalogue';
import type { NamedRelease } from '@vllm-cpu/sources/catalogue';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { machineOf, PLATFORMS } from '@vllm-cpu/variant/features';
import type { Platform } from '@vllm-cpu/variant/features';
import type { Variant } from '@vllm-cpu/variant/model';

/** The items of a comma-separated option; undefined where it was left out. */
export function itemsOf(list: string | undefined): string[] | undefined {
  const items = list?.split(',').map((item) => item.trim());
  return items?.filter((item) => item !== '');
}

/**
 * The pins that a selection names: names of pins, versions and ranges; every active one where nothing is
 * selected.
 * @throws VllmCpuError RELEASE_UNKNOWN and those of selectVersions
 */
export function chosenReleases(
  selection: string | undefined,
  releases: readonly NamedRelease[],
): NamedRelease[] {
  const items = itemsOf(selection);
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
 * @throws VllmCpuError VARIANT_UNKNOWN
 */
export function chosenVariants(
  list: string | undefined,
  variants: readonly Variant[],
): readonly Variant[] {
  return itemsOf(list)?.map((name) => variantNamed(variants, name)) ?? variants;
}

/**
 * The platforms that a list names, in full (linux-x86_64) or by machine (x86_64); all where nothing is
 * named.
 * @throws VllmCpuError PLATFORM_UNKNOWN
 */
export function chosenPlatforms(list: string | undefined): readonly Platform[] {
  return itemsOf(list)?.map(platformNamed) ?? PLATFORMS;
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
