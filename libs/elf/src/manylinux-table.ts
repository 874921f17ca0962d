import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { parseJson } from '@vllm-cpu/system/parse-json';

const symbolVersions = z.record(z.string(), z.record(z.string(), z.array(z.string())));

/** One policy with what the policies before it lack, by machine and by library: `GLIBC`, `2.28`. */
const policySchema = z.strictObject({
  name: z.string().regex(/^manylinux_\d+_\d+$/),
  aliases: z.array(z.string()),
  adds: symbolVersions,
});

/** manylinux-policy.json: written by scripts/generate-manylinux-policy.ts, never by hand. */
const manylinuxTableSchema = z.strictObject({
  source: z.string(),
  /** The oldest first. */
  policies: z.array(policySchema),
  /** Libraries that every manylinux system has. */
  libraries: z.array(z.string()),
});

export type ManylinuxTable = z.infer<typeof manylinuxTableSchema>;

let known: ManylinuxTable | undefined;

/** The table, read once. */
export function manylinuxTable(): ManylinuxTable {
  const file = new URL('./manylinux-policy.json', import.meta.url);
  known ??= parseJson(readFileSync(file, 'utf8'), manylinuxTableSchema, 'manylinux-policy.json');
  return known;
}
