import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { parseJson } from '@vllm-cpu/system/parse-json';
import { PLATFORMS } from '@vllm-cpu/variant/features';
import { contentsSchema } from './image-contents.ts';

export const IMAGE_FILE = 'image.json';
/** The folder beside it that has the image itself. */
export const PACKED_FOLDER = 'packed';

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

/** `image.json` beside each packed image: what it is and what it was made from. */
export const imageRecordSchema = z.strictObject({
  schemaVersion: z.literal(1),
  key: z.string().describe('digest of all that the build was given'),
  variant: z.string(),
  release: z.string().describe("the pin's file name"),
  version: z.string().describe('public version, suffix included'),
  embedded: z.boolean().describe('made from the embedded sample'),
  platform: z.enum(PLATFORMS),
  digest: digest.describe('of the manifest: the digest under which registries know it'),
  id: digest.describe('of the configuration: the ID that engines show'),
  names: z.array(z.string()).describe("names in the engine's own storage"),
  engine: z.string(),
  baseImage: z.string(),
  wheel: z.strictObject({ file: z.string(), sha256: z.string(), from: z.string() }),
  labels: z.record(z.string(), z.string()),
  layers: z.array(z.strictObject({ digest, size: z.number(), createdBy: z.string() })),
  contents: contentsSchema,
});

export type ImageRecord = z.infer<typeof imageRecordSchema>;

/** An image's record, and the folder that both are in. */
export interface RecordedImage {
  folder: string;
  record: ImageRecord;
}

/** @throws VllmCpuError INVALID_JSON, INVALID_CONTENT */
export function readImageRecord(folder: string): RecordedImage {
  const file = join(folder, IMAGE_FILE);
  return { folder, record: parseJson(readFileSync(file, 'utf8'), imageRecordSchema, file) };
}
