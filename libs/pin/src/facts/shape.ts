import { VllmCpuError } from '@vllm-cpu/system/errors';

/** A file of upstream's that lacks what is read from it; `expected` says which pattern. */
export function shapeError(file: string, expected: string, why?: string): VllmCpuError {
  return new VllmCpuError({
    code: 'UPSTREAM_SHAPE',
    what: `${file} does not have the expected shape: ${expected} is missing`,
    why:
      why ??
      'A pin is read from these files, and a guess in its place could build a wheel that is not what its name says.',
    next: 'Look at that file at the release tag; a release that is laid out differently needs its reader in libs/pin/src extended.',
  });
}
