import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { VllmCpuError } from '../../system/errors.ts';
import { writeAtomically } from '../../system/files.ts';
import { reportTable } from '../../verify/report-text.ts';
import { reportSchema } from '../../verify/report.ts';
import { handedInPlace, NO_WHEELS_HANDED_IN } from '../handed-in-place.ts';
import { executor } from '../repository.ts';
import { verification } from '../verify/verification.ts';
import { detectorReport, isDetector } from './detector-report.ts';
import { handedInSubject } from './handed-in-subject.ts';
import { verifyWheelsOptions } from './options.ts';

export default executor(verifyWheelsOptions, async (options, repository, context) => {
  const place = handedInPlace(options.wheels, context);
  if (!place) {
    repository.report(NO_WHEELS_HANDED_IN);
    return true;
  }
  const wheels = await wheelsAt(place);
  let ok = true;
  for (const wheel of wheels) {
    const report = isDetector(basename(wheel))
      ? await detectorReport(wheel, basename(wheel), repository)
      : await verification(
          handedInSubject(basename(wheel), options.release, repository),
          wheel,
          repository,
          { strict: options.strict },
        );
    const folder = options.reports ? resolve(repository.root, options.reports) : dirname(wheel);
    const file = join(folder, `${basename(wheel, '.whl')}.report.json`);
    await writeAtomically(file, `${JSON.stringify(reportSchema.parse(report), null, 2)}\n`);
    repository.report(`${reportTable(report)}report: ${file}`);
    ok &&= report.ok;
  }
  return ok;
});

async function wheelsAt(place: string): Promise<string[]> {
  const status = await stat(place).catch(() => undefined);
  if (status?.isFile()) return [place];
  const names = status ? await readdir(place) : [];
  const wheels = names.filter((name) => name.endsWith('.whl')).sort();
  if (wheels.length > 0) return wheels.map((name) => join(place, name));
  throw new VllmCpuError({
    code: 'WHEELS_NOT_FOUND',
    what: `${place} ${status ? 'has no wheel' : 'does not exist'}`,
    next: 'Name a folder that has wheels, or one wheel: --wheels=<path>',
  });
}
