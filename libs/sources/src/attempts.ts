import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { parseJson } from '@vllm-cpu/system/parse-json';

/** `dist/wheels/<release>/ensure/attempts.json`: which attempt of each variant stands. */
export const attemptsSchema = z.strictObject({
  schemaVersion: z.literal(1),
  release: z.string(),
  variants: z.record(
    z.string(),
    z.strictObject({
      standing: z.int().min(1).nullable().describe('null: every attempt failed'),
      attempts: z.array(
        z.strictObject({
          attempt: z.int().min(1),
          ok: z.boolean(),
          wheel: z.string().nullable(),
          sha256: z.string().nullable(),
          kept: z.string().describe("folder of this attempt's wheel and report"),
          findings: z.array(z.string()),
        }),
      ),
    }),
  ),
});

export type Attempts = z.infer<typeof attemptsSchema>;

/** Path of the record, relative to the repository's root. */
export function attemptsFile(releaseName: string): string {
  return join('dist', 'wheels', releaseName, 'ensure', 'attempts.json');
}

/** The attempt of a variant that stands, where a failed wheel was built again; 1 else. */
export function standingAttempt(root: string, variant: string, releaseName: string): number {
  const file = join(root, attemptsFile(releaseName));
  if (!existsSync(file)) return 1;
  const recorded = parseJson(readFileSync(file, 'utf8'), attemptsSchema, attemptsFile(releaseName));
  return recorded.variants[variant]?.standing ?? 1;
}
