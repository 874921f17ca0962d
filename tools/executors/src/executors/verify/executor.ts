import { reportTable } from '../../verify/report-text.ts';
import { writeReport } from '../../verify/write-report.ts';
import { builtWheel, stageFolder } from '../built-wheel.ts';
import { executor } from '../executor.ts';
import { subjectOf } from '../subject.ts';
import { verifyOptions } from './options.ts';
import { verification } from './verification.ts';

export default executor(verifyOptions.all, async (options, repository) => {
  const subject = subjectOf(repository, options);
  const { path, manifest } = builtWheel(repository.root, options.variant, options.release);
  const report = await verification(subject, path, repository, {
    strict: options.strict,
    expectedVersion: manifest.version,
  });
  const folder = stageFolder(repository.root, options.variant, options.release, 'verify');
  await writeReport(folder, report);
  repository.report(`${reportTable(report)}report: ${folder}/report.md`);
  return report.ok;
});
