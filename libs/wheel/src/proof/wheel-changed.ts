import { VllmCpuError } from '@vllm-cpu/system/errors';

/** The bytes on disk are no longer those that were read and verified. */
export function wheelChanged(wheel: { path: string; sha256: string }): VllmCpuError {
  return new VllmCpuError({
    code: 'WHEEL_CHANGED',
    what: `${wheel.path} changed while it was being published`,
    why: `Its SHA-256 differs from the verified ${wheel.sha256}.`,
    next: 'Verify it again, then publish again.',
  });
}
