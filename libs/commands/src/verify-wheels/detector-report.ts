import { join } from 'node:path';
import { installerEnvironment } from '@vllm-cpu/compile/environment';
import { DETECTOR_PROJECT } from '@vllm-cpu/publish/expected-release';
import { withScratchFolder } from '@vllm-cpu/system/replace-folder';
import { NOTHING_ALLOWED } from '@vllm-cpu/verify/allow';
import { verifyWheel } from '@vllm-cpu/verify/verify-wheel';
import type { Report } from '@vllm-cpu/report/report';
import { normalizeProjectName, parseWheelFileName } from '@vllm-cpu/wheel/file-name';
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
