import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { parseJson } from '@vllm-cpu/system/parse-json';

/** What verify found out about one file; the digest ties it to these bytes and no others. */
export interface VerifiedWheel {
  fileName: string;
  /** Lower-case hexadecimal. */
  sha256: string;
  /** No check failed. */
  ok: boolean;
  /** Why it is not known which instructions the wheel has; undefined where that was proven. */
  unproven: string | undefined;
  /** Short name of the variant; null where the wheel was only inspected. */
  variant: string | null;
  /** Version of the pin; null where the wheel was only inspected. */
  release: string | null;
  /** Path of the report, for the release page. */
  path: string;
}

/** The part of verify's report.json that publishing reads. */
const report = z.looseObject({
  schemaVersion: z.literal(1),
  file: z.string(),
  sha256: z.string(),
  ok: z.boolean(),
  variant: z.string().nullable(),
  release: z.string().nullable(),
  checks: z.array(
    z.looseObject({ name: z.string(), status: z.string(), reason: z.string().optional() }),
  ),
});

/** @throws VllmCpuError INVALID_JSON, INVALID_CONTENT */
export async function readVerification(path: string): Promise<VerifiedWheel> {
  const { file, sha256, ok, variant, release, checks } = parseJson(
    await readFile(path, 'utf8'),
    report,
    path,
  );
  const unproven = whyUnproven(checks.find(({ name }) => name === 'instruction-sets'));
  return { fileName: file, sha256, ok, unproven, variant, release, path };
}

/** A check that failed is no proof either; that is what `ok` says. */
function whyUnproven(proof: { status: string; reason?: string | undefined } | undefined) {
  if (!proof) return 'the report has no such check';
  return proof.status === 'not-run' ? (proof.reason ?? 'not run') : undefined;
}
