import { basename, dirname, join, resolve } from 'node:path';
import { writeAtomically } from '@vllm-cpu/system/files';
import { refuseUnwritable } from '@vllm-cpu/system/writable-folder';
import { reportSchema } from '@vllm-cpu/report/report';
import type { Report } from '@vllm-cpu/report/report';
import type { Repository } from '../repository.ts';
import { verification } from '../verify/verification.ts';
import { detectorReport, isDetector } from './detector-report.ts';
import { handedInSubject } from './handed-in-subject.ts';

export interface ProveOptions {
  /** Name of a pin; found by the wheel's version when left out. */
  release?: string | undefined;
  /** Folder for the report; beside the wheel by default. */
  reports?: string | undefined;
  strict?: boolean | undefined;
}

/** Verifies one wheel that was built elsewhere and writes its report; the wheel is only read. */
export async function proveHandedIn(
  wheel: string,
  options: ProveOptions,
  repository: Repository,
): Promise<{ report: Report; file: string }> {
  const folder = options.reports ? resolve(repository.root, options.reports) : dirname(wheel);
  await refuseUnwritable(folder, 'Name another folder for the reports: --reports=<folder>');
  const name = basename(wheel);
  const found = isDetector(name)
    ? await detectorReport(wheel, name, repository)
    : await verification(handedInSubject(name, options.release, repository), wheel, repository, {
        strict: options.strict,
      });
  const report = reportSchema.parse(found);
  const file = join(folder, `${basename(wheel, '.whl')}.report.json`);
  await writeAtomically(file, `${JSON.stringify(report, null, 2)}\n`);
  return { report, file };
}
