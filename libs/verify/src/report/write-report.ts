import { join } from 'node:path';
import { reportPicture } from '@vllm-cpu/report/report-picture';
import { writeAtomically } from '@vllm-cpu/system/files';
import { reportMarkdown } from './report-markdown.ts';
import { reportSchema } from '@vllm-cpu/report/report';
import type { Report } from '@vllm-cpu/report/report';

/** Writes `report.json`, `report.md` and its picture into `folder`; none is ever half there. */
export async function writeReport(folder: string, report: Report): Promise<void> {
  const json = `${JSON.stringify(reportSchema.parse(report), null, 2)}\n`;
  await writeAtomically(join(folder, 'report.json'), json);
  await writeAtomically(join(folder, 'report.md'), reportMarkdown(report));
  await writeAtomically(join(folder, 'report.svg'), reportPicture(report));
}
