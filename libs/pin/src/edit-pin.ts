import type { Release } from '@vllm-cpu/sources/release';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import type { Platform } from '@vllm-cpu/variant/features';
import { levelOf } from '@vllm-cpu/variant/model';
import type { Variant, VariantLevel } from '@vllm-cpu/variant/model';
import { requirePin, writePin } from './pin-file.ts';

/** Where a recorded fact belongs. */
export interface PinPlace {
  releasesDir: string;
  /** The pin's file name without .json. */
  release: string;
  variants: readonly Variant[];
  variant: string;
  platform: Platform;
}

/** What an edit did: the pin as it is now, and whether its file changed. */
export interface PinEdit {
  pin: Release;
  changed: boolean;
}

/**
 * Puts a release into the umbrella targets, or takes it out.
 * @throws VllmCpuError RELEASE_UNKNOWN, RELEASE_EMBEDDED
 */
export async function activate(request: {
  releasesDir: string;
  release: string;
  active: boolean;
}): Promise<PinEdit> {
  const pin = await requirePin(request.releasesDir, request.release);
  if (request.active && pin.source.kind === 'embedded') {
    throw new VllmCpuError({
      code: 'RELEASE_EMBEDDED',
      what: `cannot activate ${request.release}`,
      why: 'It is the embedded sample, which is never published.',
      next: 'Build it with its own targets, for example npx nx run-many -t verify-sample.',
    });
  }
  return savePin(request, { ...pin, active: request.active });
}

/** @throws VllmCpuError VARIANT_NOT_ON_PLATFORM */
export function requireLevel(variant: Variant, platform: Platform): VariantLevel {
  const level = levelOf(variant, platform);
  if (level) return level;
  throw new VllmCpuError({
    code: 'VARIANT_NOT_ON_PLATFORM',
    what: `${variant.name} is not built for ${platform}`,
    next: `Use one of its platforms: ${Object.keys(variant.platforms).join(', ')}.`,
  });
}

/** Writes an edited pin. */
export async function savePin(
  { releasesDir, release }: { releasesDir: string; release: string },
  pin: Release,
): Promise<PinEdit> {
  return { pin, changed: await writePin(releasesDir, release, pin) };
}
