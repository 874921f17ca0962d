import { reportLine, reportTable } from '@vllm-cpu/verify/report-text';
import { writeReport } from '@vllm-cpu/verify/write-report';
import { builtWheel, stageFolder } from '@vllm-cpu/commands/built-wheel';
import { executor } from '../executor.ts';
import { subjectOf } from '@vllm-cpu/commands/subject';
import { verifyOptions } from './options.ts';
import { verification } from '@vllm-cpu/commands/verification';

export default executor(verifyOptions.all, async (options, repository) => {
  const subject = subjectOf(repository, options);
  const { path, manifest } = builtWheel(repository.root, options.variant, options.release);
  const report = await verification(subject, path, repository, {
    strict: options.strict,
    expectedVersion: manifest.version,
  });
  const folder = stageFolder(repository.root, options.variant, options.release, 'verify');
  await writeReport(folder, report);
  const brief = report.ok && !repository.verbose;
  repository.report(
    `${brief ? reportLine(report) : reportTable(report)}report: ${folder}/report.md`,
  );
  return report.ok;
});
