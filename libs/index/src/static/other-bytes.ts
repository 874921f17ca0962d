import { VllmCpuError } from '@vllm-cpu/system/errors';

/** An index holds another file under the same name. */
export function otherBytes(wheel: { fileName: string }, location: string): VllmCpuError {
  return new VllmCpuError({
    code: 'FILE_EXISTS_WITH_OTHER_BYTES',
    what: `${wheel.fileName} already exists in ${location} with different content`,
    why: 'A published file must never change, because lock files pin it by hash.',
    next: 'Publish a new version: retag the wheels with the next free suffix.',
  });
}
