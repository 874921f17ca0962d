import type { ReportPart } from '../report.ts';

/** What the parts of a wheel are called. */
export const PART_NAMES: Readonly<Record<ReportPart['part'], string>> = {
  onednn: 'oneDNN: machine code',
  kernels: 'vLLM’s kernels: machine code',
  code: 'Machine code, origin unknown',
  tables: 'Constants and tables of modules',
  vendored: 'Libraries taken along',
  python: 'Python',
  metadata: 'Metadata and licences',
  other: 'Other files',
};
