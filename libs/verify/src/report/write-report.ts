import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reportMarkdown } from './report-markdown.ts';
import { reportSchema } from './report.ts';
import type { Report } from './report.ts';

/** Writes `report.json` and `report.md` into `folder`; neither is ever half there. */
export async function writeReport(folder: string, report: Report): Promise<void> {
  await mkdir(folder, { recursive: true });
  const json = `${JSON.stringify(reportSchema.parse(report), null, 2)}\n`;
  for (const [name, text] of [
    ['report.json', json],
    ['report.md', reportMarkdown(report)],
  ] as const) {
    const path = join(folder, name);
    await writeFile(`${path}.${process.pid}.tmp`, text);
    await rename(`${path}.${process.pid}.tmp`, path);
  }
}
