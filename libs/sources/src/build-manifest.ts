import { z } from 'zod';
import { compileManifestSchema } from './compile-manifest.ts';

/** `manifest.json` beside each published wheel. */
export const buildManifestSchema = z.strictObject({
  schemaVersion: z.literal(1),
  key: z.string().describe("the build's cache key"),
  variant: z.string(),
  distribution: z.string(),
  release: z.string().describe("the pin's file name"),
  version: z.string().describe('public version, suffix included'),
  equivalentTo: z
    .string()
    .nullable()
    .describe('the variant whose compile this wheel was made from, because both are the same code'),
  wheel: z.strictObject({
    file: z.string(),
    tag: z.string(),
    sha256: z.string(),
    size: z.number(),
  }),
  vendored: z.array(
    z.strictObject({
      soname: z.string(),
      path: z.string(),
      sha256: z.string(),
      package: z.string().nullable(),
      licences: z.array(z.string()),
    }),
  ),
  compile: compileManifestSchema.describe('of a sum that of its lowest level'),
  higherLevels: z
    .array(compileManifestSchema)
    .default([])
    .describe('of a sum the compiles of its other levels, lowest first'),
});

export type BuildManifest = z.infer<typeof buildManifestSchema>;
