import { VllmCpuError } from '@vllm-cpu/system/errors';
import { findProgram } from '@vllm-cpu/system/programs';
import type { Runner } from '@vllm-cpu/system/run';

/** What pushing needs of `skopeo copy`; both are there from 1.9 on. */
const NEEDED = ['--preserve-digests', '--multi-arch'];

/**
 * skopeo moves images between storages and registries, whatever built them.
 * @throws VllmCpuError SKOPEO_MISSING, SKOPEO_TOO_OLD
 */
export async function requireSkopeo(tools: {
  runner: Runner;
  env: Readonly<Record<string, string>>;
}): Promise<void> {
  const next = 'Install skopeo 1.9 or later: apt-get install skopeo, dnf install skopeo.';
  if (!findProgram('skopeo', tools.env['PATH'])) {
    const what = 'skopeo, which copies images, is not on PATH';
    throw new VllmCpuError({ code: 'SKOPEO_MISSING', what, next });
  }
  const { stdout } = await tools.runner.try({ argv: ['skopeo', 'copy', '--help'], env: tools.env });
  const lacking = NEEDED.filter((option) => !stdout.includes(option));
  if (lacking.length === 0) return;
  const what = `this skopeo does not know ${lacking.join(' and ')}`;
  throw new VllmCpuError({ code: 'SKOPEO_TOO_OLD', what, next });
}
