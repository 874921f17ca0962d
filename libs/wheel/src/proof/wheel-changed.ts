import { constants } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { sha256File } from '@vllm-cpu/system/digest';
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

/** Copies a wheel and proves the copy: whoever writes meanwhile, what is used is what was verified. @throws WHEEL_CHANGED */
export async function copyProven(
  wheel: { path: string; sha256: string },
  to: string,
): Promise<void> {
  await copyFile(wheel.path, to, constants.COPYFILE_FICLONE);
  if ((await sha256File(to)) !== wheel.sha256) throw wheelChanged(wheel);
}
