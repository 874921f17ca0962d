import { join } from 'node:path';
import { installerEnvironment } from '../../compile/environment.ts';
import { DETECTOR_PROJECT } from '../../publish/expected-release.ts';
import { withScratchFolder } from '../../system/replace-folder.ts';
import { NOTHING_ALLOWED } from '../../verify/allow.ts';
import { verifyWheel } from '../../verify/verify-wheel.ts';
import type { Report } from '../../verify/report.ts';
import { normalizeProjectName, parseWheelFileName } from '../../wheel/file-name.ts';
import type { Repository } from '../repository.ts';

/** Whether a wheel is the detector's, by its file name. */
export function isDetector(fileName: string): boolean {
  return normalizeProjectName(parseWheelFileName(fileName).distribution) === DETECTOR_PROJECT;
}

/**
 * Every check that applies to a wheel without machine code. The detector belongs to no release of vLLM, so
 * its own version stands in the report's place of one.
 */
export async function detectorReport(
  wheelPath: string,
  fileName: string,
  repository: Repository,
): Promise<Report> {
  const { settings, runner, report: progress, variants } = repository;
  const scratch = join(settings.workspace, 'tasks', 'verify');
  const report = await withScratchFolder(scratch, (workDir) =>
    verifyWheel({
      wheelPath,
      variants,
      allow: NOTHING_ALLOWED,
      strict: false,
      runner,
      env: installerEnvironment(settings),
      workDir,
      progress,
    }),
  );
  return { ...report, variant: 'cpu-detect', release: parseWheelFileName(fileName).version };
}
