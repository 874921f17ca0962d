import { VllmCpuError } from '@vllm-cpu/system/errors';

/** A file of upstream's that lacks what is read from it; `expected` says which pattern. */
export function shapeError(file: string, expected: string, why?: string): VllmCpuError {
  return new VllmCpuError({
    code: 'UPSTREAM_SHAPE',
    what: `${file} does not have the expected shape: ${expected} is missing`,
    why: why ?? 'The pin is read from these files, and values are never guessed.',
    next: 'Look at the file at the release tag, and extend its reader in libs/pin/src for the new layout.',
  });
}
