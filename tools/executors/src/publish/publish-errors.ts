import { VllmCpuError } from '../system/errors.ts';

/** The bytes on disk are no longer those that were read and verified. */
export function wheelChanged(wheel: { path: string; sha256: string }): VllmCpuError {
  return new VllmCpuError({
    code: 'WHEEL_CHANGED',
    what: `${wheel.path} changed while it was being published`,
    why: `Its SHA-256 is no longer ${wheel.sha256}, which was verified.`,
    next: 'Verify it again, then publish again.',
  });
}

/** An index holds another file under the same name. */
export function otherBytes(wheel: { fileName: string }, location: string): VllmCpuError {
  return new VllmCpuError({
    code: 'FILE_EXISTS_WITH_OTHER_BYTES',
    what: `${wheel.fileName} is already in ${location}, with other bytes`,
    why: 'A published file name always means the same bytes, because lock files pin them by hash.',
    next: 'Publish a new version: relabel the wheels with the next free postfix.',
  });
}
