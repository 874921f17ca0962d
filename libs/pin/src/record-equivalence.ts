import { variantNamed } from '@vllm-cpu/sources/catalogue';
import type { ReleaseEdit } from '@vllm-cpu/sources/edits';
import type { Release } from '@vllm-cpu/sources/release';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { requireLevel, savePin } from './edit-pin.ts';
import type { PinEdit, PinPlace } from './edit-pin.ts';
import { allEquivalences } from './equivalences.ts';
import type { Equivalence } from './equivalences.ts';
import { requirePin } from './pin-file.ts';

/** The edits decide too which variants a release's cmake can tell apart. */
export interface EquivalencePlace extends PinPlace {
  edits: readonly ReleaseEdit[];
}

/**
 * Records that the compiled code of `variant` is the same as that of the lower `to`. Where `to` is
 * itself equivalent to another, that one is recorded; what is equivalent to `variant` follows it.
 * @throws VllmCpuError RELEASE_UNKNOWN, VARIANT_UNKNOWN, VARIANT_NOT_ON_PLATFORM,
 *   EQUIVALENCE_NOT_LOWER
 */
export async function recordEquivalence(
  place: EquivalencePlace & { to: string },
): Promise<PinEdit> {
  const { variants, platform, release } = place;
  const pin = await requirePin(place.releasesDir, release);
  const higher = variantNamed(variants, place.variant);
  const lower = variantNamed(variants, place.to);
  for (const variant of [higher, lower]) requireLevel(variant, platform);
  if (lower.rank >= higher.rank) {
    throw new VllmCpuError({
      code: 'EQUIVALENCE_NOT_LOWER',
      what: `cannot record ${higher.name} as equivalent to ${lower.name}`,
      why: `A variant is built from the compile of a lower one, whose wheel runs on more CPUs; ${lower.name} is not lower than ${higher.name}.`,
      next: `Swap the two, or choose a variant below ${higher.name}.`,
    });
  }
  const here = pin.equivalences.filter((entry) => entry.platform === platform);
  const to = here.find((entry) => entry.variant === lower.name)?.to ?? lower.name;
  const existing = here.find((entry) => entry.variant === higher.name);
  if (existing?.evidence === 'cmake' && existing.to !== to) {
    throw new VllmCpuError({
      code: 'EQUIVALENCE_OF_CMAKE',
      what: `${higher.name} is already built from ${existing.to} at ${release}`,
      why: "The release's cmake treats both the same, so there is no second compile to compare.",
      next: `Record ${existing.to} as equivalent to ${to} instead, if you have observed that.`,
    });
  }
  if (existing?.to === to) return savePin(place, pin);
  const entry = { variant: higher.name, to, platform, evidence: 'machine-code' as const };
  const recorded = [...pin.equivalences.filter((other) => other !== existing), entry];
  return saveWith(place, pin, recorded);
}

/**
 * Takes back an equivalence that was recorded from machine code.
 * @throws VllmCpuError RELEASE_UNKNOWN, EQUIVALENCE_UNKNOWN, EQUIVALENCE_OF_CMAKE
 */
export async function removeEquivalence(place: EquivalencePlace): Promise<PinEdit> {
  const pin = await requirePin(place.releasesDir, place.release);
  const entry = pin.equivalences.find(
    ({ variant, platform }) => variant === place.variant && platform === place.platform,
  );
  if (!entry) {
    throw new VllmCpuError({
      code: 'EQUIVALENCE_UNKNOWN',
      what: `no equivalence of ${place.variant} on ${place.platform} is recorded in the pin ${place.release}`,
      next: 'npx nx run upstream:releases lists recorded equivalences.',
    });
  }
  if (entry.evidence === 'cmake') {
    throw new VllmCpuError({
      code: 'EQUIVALENCE_OF_CMAKE',
      what: `cannot remove the equivalence of ${entry.variant} and ${entry.to} at ${place.release}`,
      why: "The release's cmake passes the same flags for both, so their code cannot differ.",
      next: 'Keep it: pinning the release again would record it again.',
    });
  }
  return saveWith(
    place,
    pin,
    pin.equivalences.filter((other) => other !== entry),
  );
}

/** What cmake cannot tell apart follows from the pin itself; chains are shortened anew. */
function saveWith(
  place: EquivalencePlace,
  pin: Release,
  recorded: readonly Equivalence[],
): Promise<PinEdit> {
  const equivalences = allEquivalences(pin, place.variants, recorded, place.edits);
  return savePin(place, { ...pin, equivalences });
}
