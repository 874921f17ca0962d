import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { sha256 } from '@vllm-cpu/system/digest';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { parseJson } from '@vllm-cpu/system/parse-json';
import { IMAGE_TYPE } from './manifest-list.ts';

/** One layer of an image: bytes as they are downloaded, and the step that made it. */
export interface ImageLayer {
  digest: string;
  size: number;
  createdBy: string;
}

/** An image in a folder, as skopeo's `dir:` transport writes it. */
export interface PackedImage {
  /** `sha256:<hex>` of manifest.json: the digest under which every registry will know it. */
  digest: string;
  /** Bytes of the manifest, and its type. */
  size: number;
  mediaType: string;
  /** Digest of its configuration, which engines call the image's ID. */
  id: string;
  /** `linux/amd64` */
  platform: string;
  labels: Readonly<Record<string, string>>;
  layers: readonly ImageLayer[];
}

const blob = z.looseObject({ digest: z.string().regex(/^sha256:[0-9a-f]{64}$/), size: z.number() });
const manifestSchema = z.looseObject({
  mediaType: z.string().default(IMAGE_TYPE),
  config: blob,
  layers: z.array(blob),
});
const configSchema = z.looseObject({
  architecture: z.string(),
  os: z.string(),
  config: z.looseObject({ Labels: z.record(z.string(), z.string()).nullish() }).optional(),
  history: z
    .array(
      z.looseObject({ created_by: z.string().optional(), empty_layer: z.boolean().optional() }),
    )
    .default([]),
});

/**
 * Reads an image's folder, its configuration checked by digest.
 * @throws VllmCpuError PACKED_IMAGE_DAMAGED, INVALID_JSON, INVALID_CONTENT
 */
export async function readPackedImage(folder: string): Promise<PackedImage> {
  const file = join(folder, 'manifest.json');
  const text = await readFile(file).catch((cause: unknown) => {
    throw damaged(folder, 'It has no manifest.json.', cause);
  });
  const manifest = parseJson(text.toString('utf8'), manifestSchema, file);
  const configFile = join(folder, manifest.config.digest.slice('sha256:'.length));
  const configText = await readFile(configFile).catch((cause: unknown) => {
    throw damaged(folder, 'Its configuration is missing.', cause);
  });
  if (`sha256:${sha256(configText)}` !== manifest.config.digest) {
    throw damaged(folder, 'Its configuration has other bytes than the manifest says.');
  }
  const config = parseJson(configText.toString('utf8'), configSchema, configFile);
  // Steps that only changed the configuration have a line of history and no layer.
  const steps = config.history.filter(({ empty_layer: empty }) => !empty);
  const known = steps.length === manifest.layers.length;
  return {
    digest: `sha256:${sha256(text)}`,
    size: text.length,
    mediaType: manifest.mediaType,
    id: manifest.config.digest,
    platform: `${config.os}/${config.architecture}`,
    labels: config.config?.Labels ?? {},
    layers: manifest.layers.map(({ digest, size }, at) => ({
      digest,
      size,
      createdBy: (known && steps[at]?.created_by) || 'unknown',
    })),
  };
}

function damaged(folder: string, why: string, cause?: unknown): VllmCpuError {
  return new VllmCpuError({
    code: 'PACKED_IMAGE_DAMAGED',
    what: `no complete image in ${folder}`,
    why,
    next: 'Build the image again.',
    cause,
  });
}
