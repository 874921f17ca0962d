import { join } from 'node:path';
import { NOTHING_ALLOWED } from '@vllm-cpu/verify/allow';
import { compareWheels } from '@vllm-cpu/verify/equivalence';
import type { ComparedWheel } from '@vllm-cpu/verify/equivalence';
import { inspectFile } from '@vllm-cpu/verify/inspect';
import { installerEnvironment } from '@vllm-cpu/compile/environment';
import { withScratchFolder } from '@vllm-cpu/system/replace-folder';
import type { Outcome } from '@vllm-cpu/verify/check';
import type { Release } from '@vllm-cpu/sources/release';
import type { Platform } from '@vllm-cpu/variant/features';
import type { Repository } from '../repository.ts';

/** A wheel file under the name of its variant. */
export interface VariantWheel {
  variant: string;
  rank: number;
  path: string;
}

/** Compares wheel files by the digests of their executable sections. */
export async function compareFiles(
  wheels: readonly VariantWheel[],
  release: Release,
  platform: Platform,
  repository: Repository,
): Promise<Outcome> {
  const compared: ComparedWheel[] = [];
  const scratch = join(repository.settings.workspace, 'tasks', 'equivalence');
  for (const wheel of wheels) {
    repository.report(`reading the machine code of ${wheel.variant}`);
    const report = await withScratchFolder(scratch, (workDir) =>
      inspectFile({
        path: wheel.path,
        platform,
        variants: repository.variants,
        allow: NOTHING_ALLOWED,
        only: ['archive'],
        runner: repository.runner,
        env: installerEnvironment(repository.settings),
        workDir,
      }),
    );
    compared.push({ variant: wheel.variant, rank: wheel.rank, modules: report.modules });
  }
  return compareWheels(compared, release, platform);
}

/** The outcome as lines: how much was compared, then each finding. */
export function describeComparison(outcome: Outcome): string {
  return [
    `equivalence: ${outcome.status}, ${outcome.figure}`,
    ...outcome.findings.map(({ level, place, message }) => `  ${level}: ${place}: ${message}`),
  ].join('\n');
}
