import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { parseJson } from '../system/parse-json.ts';

/** What verify found out about one file; the digest ties it to these bytes and no others. */
export interface VerifiedWheel {
  fileName: string;
  /** Lower-case hexadecimal. */
  sha256: string;
  /** Every check passed. */
  ok: boolean;
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
});

/** @throws VllmCpuError INVALID_JSON, INVALID_CONTENT */
export async function readVerification(path: string): Promise<VerifiedWheel> {
  const { file, sha256, ok, variant, release } = parseJson(
    await readFile(path, 'utf8'),
    report,
    path,
  );
  return { fileName: file, sha256, ok, variant, release, path };
}
