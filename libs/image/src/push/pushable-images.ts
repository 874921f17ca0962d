import { readdir } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { variantNamed } from '@vllm-cpu/sources/catalogue';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import type { Variant } from '@vllm-cpu/variant/model';
import { IMAGE_FILE, PACKED_FOLDER, readImageRecord } from '../build/image-record.ts';
import type { RecordedImage } from '../build/image-record.ts';
import { readPackedImage } from '@vllm-cpu/registry/packed-image';
import type { PushableImage, VariantImages } from './push-plan.ts';
import type { Registry } from '@vllm-cpu/registry/registries';

/**
 * Every image that `image` left below the given folders.
 * @throws VllmCpuError IMAGES_NOT_FOUND
 */
export async function findImages(places: readonly string[]): Promise<RecordedImage[]> {
  const found: string[] = [];
  for (const place of places) {
    if (!existsSync(place)) throw noImages(place);
    const entries = await readdir(place, { withFileTypes: true, recursive: true });
    const files = entries.filter((entry) => entry.isFile() && entry.name === IMAGE_FILE);
    if (files.length === 0) throw noImages(place);
    found.push(...files.map((entry) => dirname(join(entry.parentPath, entry.name))));
  }
  return [...new Set(found)].sort().map(readImageRecord);
}

/**
 * Joins the images of each variant and version, one for each platform, lowest rank first.
 * @throws VllmCpuError IMAGE_CHANGED, IMAGES_AMBIGUOUS, VARIANT_UNKNOWN
 */
export async function pushableImages(
  images: readonly RecordedImage[],
  variants: readonly Variant[],
): Promise<VariantImages[]> {
  const groups = new Map<string, { variant: Variant; version: string; images: PushableImage[] }>();
  for (const image of images) {
    const { record } = image;
    const key = `${record.variant} ${record.version}`;
    const group = groups.get(key) ?? {
      variant: variantNamed(variants, record.variant),
      version: record.version,
      images: [],
    };
    const pushable = await pushableImage(image);
    const twin = group.images.find(({ platform }) => platform === pushable.platform);
    if (twin && twin.digest !== pushable.digest) throw ambiguous(key, twin, pushable);
    if (!twin) group.images.push(pushable);
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => a.variant.rank - b.variant.rank);
}

async function pushableImage({ folder, record }: RecordedImage): Promise<PushableImage> {
  const packed = join(folder, PACKED_FOLDER);
  const { digest, size, mediaType, platform } = await readPackedImage(packed);
  if (digest === record.digest) return { folder: packed, digest, size, mediaType, platform };
  throw new VllmCpuError({
    code: 'IMAGE_CHANGED',
    what: `${packed} does not match its ${IMAGE_FILE}`,
    why: `Expected digest ${record.digest}, found ${digest}.`,
    next: `Build the image of ${record.variant} again.`,
  });
}

/**
 * The sample is not vLLM; nobody may pull it by mistake.
 * @throws VllmCpuError SAMPLE_NOT_FOR_THIS_REGISTRY
 */
export function keepSampleHere(
  images: readonly RecordedImage[],
  registries: readonly Registry[],
): void {
  const away = registries.find(({ local }) => !local);
  if (!away || !images.some(({ record }) => record.embedded)) return;
  throw new VllmCpuError({
    code: 'SAMPLE_NOT_FOR_THIS_REGISTRY',
    what: `refusing to push the embedded sample to ${away.name}`,
    why: 'It is not vLLM, and nobody should pull it by mistake.',
    next: 'Push it to a registry on this machine, such as localhost:5000/vllm-cpu.',
  });
}

function noImages(place: string): VllmCpuError {
  return new VllmCpuError({
    code: 'IMAGES_NOT_FOUND',
    what: `no image in ${place}`,
    next: 'Build images first (npx nx run variant-<name>:image-<release>), or choose a folder with images: --images=<folder>.',
  });
}

function ambiguous(key: string, a: PushableImage, b: PushableImage): VllmCpuError {
  return new VllmCpuError({
    code: 'IMAGES_AMBIGUOUS',
    what: `found two images of ${key} for ${a.platform}`,
    why: `${a.folder} and ${b.folder} differ.`,
    next: 'Choose a folder that contains only one of them.',
  });
}
