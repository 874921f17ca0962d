import { join } from 'node:path';
import { writeAtomically } from '@vllm-cpu/system/files';
import { reportMarkdown } from './report-markdown.ts';
import { reportSchema } from './report.ts';
import type { Report } from './report.ts';

/** Writes `report.json` and `report.md` into `folder`; neither is ever half there. */
export async function writeReport(folder: string, report: Report): Promise<void> {
  const json = `${JSON.stringify(reportSchema.parse(report), null, 2)}\n`;
  await writeAtomically(join(folder, 'report.json'), json);
  await writeAtomically(join(folder, 'report.md'), reportMarkdown(report));
}
