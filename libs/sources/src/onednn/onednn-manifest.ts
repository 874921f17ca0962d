import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { MANIFEST_FILE } from '../compile-manifest.ts';
import { PLATFORMS } from '@vllm-cpu/variant/features';

/** `manifest.json` beside a built oneDNN. */
export const oneDnnManifestSchema = z.strictObject({
  schemaVersion: z.literal(1),
  key: z.string().describe("the task's cache key"),
  inputs: z.record(z.string(), z.unknown()).describe('everything that the key digests'),
  name: z.string(),
  platform: z.enum(PLATFORMS),
  tag: z.string(),
  commit: z.string().nullable().describe('null: a local folder'),
  cxxStandard: z.int(),
  options: z.record(z.string(), z.string()),
  tools: z.record(z.string(), z.string()),
  jobs: z.number(),
  seconds: z.number(),
  compileCache: z.strictObject({
    program: z.string().nullable(),
    hits: z.number(),
    misses: z.number(),
  }),
  library: z.strictObject({ file: z.string(), sha256: z.string(), size: z.number() }),
  log: z.string(),
});

export type OneDnnManifest = z.infer<typeof oneDnnManifestSchema>;

/** dist/upstream/onednn-<name>, relative to the repository's root. */
export function oneDnnOutput(name: string): string {
  return `dist/upstream/onednn-${name}`;
}

/** The manifest of the oneDNN in `output`; undefined where there is none that can be read. */
export function builtOneDnn(output: string): OneDnnManifest | undefined {
  try {
    const text = readFileSync(join(output, MANIFEST_FILE), 'utf8');
    return oneDnnManifestSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
