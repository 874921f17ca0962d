import { readFile } from 'node:fs/promises';
import { reportSchema } from '@vllm-cpu/report/report';
import type { Report } from '@vllm-cpu/report/report';
import type { Variant } from '@vllm-cpu/variant/model';

/** What the pages for people are made of, besides what the index lists. */
export interface PageSources {
  variants: readonly Variant[];
  /** Files of verify's reports, by the digest of the wheel that each is about. */
  reports: ReadonlyMap<string, string>;
  /** URL of the simple API as readers know it; undefined where they read this folder. */
  indexUrl?: string | undefined;
}

/** A report, with the text that it was read from. */
export interface StoredReport {
  text: string;
  report: Report;
}

/** The report in `path` if it is about a wheel of this digest: a page must not praise other bytes. */
export async function reportAbout(
  sha256: string,
  path: string | undefined,
): Promise<StoredReport | undefined> {
  const text = path && (await readFile(path, 'utf8').catch(() => undefined));
  if (!text) return undefined;
  const report = reportSchema.safeParse(asJson(text)).data;
  return report?.sha256 === sha256 ? { text, report } : undefined;
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
