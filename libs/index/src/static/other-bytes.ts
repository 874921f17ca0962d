import { VllmCpuError } from '@vllm-cpu/system/errors';

/** An index holds another file under the same name. */
export function otherBytes(wheel: { fileName: string }, location: string): VllmCpuError {
  return new VllmCpuError({
    code: 'FILE_EXISTS_WITH_OTHER_BYTES',
    what: `${wheel.fileName} is already in ${location}, with other bytes`,
    why: 'A published file name always means the same bytes, because lock files pin them by hash.',
    next: 'Publish a new version: relabel the wheels with the next free postfix.',
  });
}
