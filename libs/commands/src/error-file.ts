import { appendFileSync } from 'node:fs';
import { VllmCpuError } from '@vllm-cpu/system/errors';

/**
 * Leaves a failure as one line of JSON in the file that VLLM_CPU_ERROR_FILE names: whoever starts Nx and
 * has to act on the reason sets it, and need not read what was printed for people.
 */
export function leaveError(
  error: unknown,
  env: Readonly<Record<string, string | undefined>> = process.env,
): void {
  const file = env['VLLM_CPU_ERROR_FILE'];
  if (!file || !(error instanceof VllmCpuError)) return;
  const { code, what, why, next } = error;
  appendFileSync(file, `${JSON.stringify({ code, what, why, next })}\n`);
}
