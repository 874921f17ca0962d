import { z } from 'zod';
import type { RegistryResult } from './push-images.ts';
import type { VariantImages } from './push-plan.ts';

export const PUSH_FILE = 'push.json';

/** `push.json`: what is where, by digest; written also where a registry failed. */
export const pushRecordSchema = z.strictObject({
  schemaVersion: z.literal(1),
  images: z.array(
    z.strictObject({
      variant: z.string(),
      version: z.string(),
      platform: z.string(),
      digest: z.string(),
    }),
  ),
  registries: z.array(
    z.strictObject({
      registry: z.string(),
      complete: z.boolean(),
      tags: z.record(z.string(), z.string()).describe('digests by tag, of those that are right'),
      pushed: z.array(z.string()).describe('tags that this run set'),
      failure: z.string().nullable(),
    }),
  ),
});

export type PushRecord = z.infer<typeof pushRecordSchema>;

export function pushRecord(
  variants: readonly VariantImages[],
  results: readonly RegistryResult[],
): PushRecord {
  return {
    schemaVersion: 1,
    images: variants.flatMap(({ variant, version, images }) =>
      images.map(({ platform, digest }) => ({ variant: variant.name, version, platform, digest })),
    ),
    registries: results.map(({ registry, tags, pushed, failure }) => ({
      registry,
      complete: failure === undefined,
      tags,
      pushed,
      failure: failure ? `${failure.code}: ${failure.what}` : null,
    })),
  };
}
