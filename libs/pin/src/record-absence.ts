import type { Release } from '@vllm-cpu/sources/release';
import { variantNamed } from '@vllm-cpu/sources/catalogue';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { requireLevel, savePin } from './edit-pin.ts';
import type { PinEdit, PinPlace } from './edit-pin.ts';
import { requirePin } from './pin-file.ts';

/**
 * Records features that `variant` proves elsewhere but that this release has no code for.
 * @throws VllmCpuError RELEASE_UNKNOWN, VARIANT_UNKNOWN, VARIANT_NOT_ON_PLATFORM, FEATURE_NOT_PROVEN
 */
export async function recordAbsence(
  place: PinPlace & { features: readonly string[]; reason: string },
): Promise<PinEdit> {
  const pin = await requirePin(place.releasesDir, place.release);
  const { platform, reason } = place;
  const variant = variantNamed(place.variants, place.variant);
  const { proves } = requireLevel(variant, platform);
  const foreign = place.features.filter((feature) => !proves.includes(feature));
  if (foreign.length > 0 || place.features.length === 0) {
    throw new VllmCpuError({
      code: 'FEATURE_NOT_PROVEN',
      what: `cannot record ${foreign.join(', ') || 'no feature'} as absent from ${variant.name}`,
      why: `Its variant.json proves ${proves.join(', ')} on ${platform}.`,
      next: 'Choose features from that list.',
    });
  }
  const stated = absencesOf(pin, place).flatMap(({ features }) => features);
  const features = [...new Set(place.features)].filter((feature) => !stated.includes(feature));
  if (features.length === 0) return savePin(place, pin);
  const absent = [...pin.absent, { variant: variant.name, platform, features, reason }];
  return savePin(place, { ...pin, absent });
}

/**
 * Takes back the recorded absence of `features`, for a variant and platform.
 * @throws VllmCpuError RELEASE_UNKNOWN, ABSENCE_UNKNOWN
 */
export async function removeAbsence(
  place: PinPlace & { features: readonly string[] },
): Promise<PinEdit> {
  const pin = await requirePin(place.releasesDir, place.release);
  const concerned = absencesOf(pin, place);
  const recorded = concerned.flatMap(({ features }) => features);
  const unknown = place.features.filter((feature) => !recorded.includes(feature));
  if (unknown.length > 0 || place.features.length === 0) {
    throw new VllmCpuError({
      code: 'ABSENCE_UNKNOWN',
      what: `no absence of ${unknown.join(', ') || 'any feature'} in ${place.variant} on ${place.platform} is recorded in the pin ${place.release}`,
      why: `Recorded for it: ${recorded.join(', ') || 'nothing'}.`,
      next: 'Choose features from that list.',
    });
  }
  const left = (absence: Release['absent'][number]): string[] =>
    absence.features.filter(
      (each) => !concerned.includes(absence) || !place.features.includes(each),
    );
  const absent = pin.absent
    .map((absence) => ({ ...absence, features: left(absence) }))
    .filter(({ features }) => features.length > 0);
  return savePin(place, { ...pin, absent });
}

function absencesOf(pin: Release, place: PinPlace): Release['absent'] {
  return pin.absent.filter(
    ({ variant, platform }) => variant === place.variant && platform === place.platform,
  );
}
