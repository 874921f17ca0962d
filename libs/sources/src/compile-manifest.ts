import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { PLATFORMS } from '@vllm-cpu/variant/features';

/** `manifest.json` beside each compiled wheel: what went in, how it went, what came out. */
export const compileManifestSchema = z.strictObject({
  schemaVersion: z.literal(1),
  key: z.string().describe("the compile's cache key"),
  inputs: z.record(z.string(), z.unknown()).describe('everything that the key digests'),
  project: z.string(),
  variant: z.string(),
  distribution: z.string(),
  release: z.string().describe("the pin's file name"),
  version: z.string(),
  platform: z.enum(PLATFORMS),
  commit: z.string(),
  oneDnn: z
    .strictObject({
      tag: z.string(),
      commit: z.string().nullable(),
      directory: z.string().optional(),
      sha256: z.string().optional().describe('of the library that its own task built'),
    })
    .nullable(),
  builtAgainst: z.strictObject({
    python: z.string(),
    torch: z.string().nullable(),
    pinnedTorch: z.string().nullable(),
    torchMatchesPin: z.boolean(),
    packages: z.record(z.string(), z.string()),
    unlike: z
      .array(z.strictObject({ name: z.string(), locked: z.string(), used: z.string().nullable() }))
      .describe("packages of a given interpreter that are not the lock's; used null: absent"),
  }),
  tools: z.record(z.string(), z.string()),
  host: z.strictObject({ cpu: z.string(), cpus: z.number(), system: z.string() }),
  module: z
    .string()
    .nullable()
    .optional()
    .describe('the kernel module that was compiled, where a release has several'),
  flags: z.array(z.string()),
  flagsOfSources: z
    .strictObject({ flags: z.array(z.string()).readonly(), files: z.array(z.string()).readonly() })
    .optional()
    .describe('flags that only some sources of the module are compiled with, and these sources'),
  edits: z.array(z.string()),
  jobs: z.number(),
  seconds: z.record(z.string(), z.number()),
  compileCache: z.strictObject({
    program: z.string().nullable(),
    hits: z.number(),
    misses: z.number(),
  }),
  wheel: z.strictObject({ file: z.string(), sha256: z.string(), size: z.number() }),
  log: z.string(),
});

export type CompileManifest = z.infer<typeof compileManifestSchema>;

export const MANIFEST_FILE = 'manifest.json';

/**
 * The manifest that an earlier compile left in `output`, to learn from: undefined where there is none, or
 * where it is cut off or of another version of this program.
 */
export function earlierManifest(output: string): CompileManifest | undefined {
  try {
    const text = readFileSync(join(output, MANIFEST_FILE), 'utf8');
    return compileManifestSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
