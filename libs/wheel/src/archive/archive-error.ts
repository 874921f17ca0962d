import { VllmCpuError } from '@vllm-cpu/system/errors';

/** What can be wrong with an archive; the stable code of the error is ARCHIVE_ and this. */
export type ArchiveFault =
  | 'NOT_READABLE'
  | 'TRUNCATED'
  | 'MALFORMED'
  | 'TRAILING_DATA'
  | 'PREPENDED_DATA'
  | 'HIDDEN_DATA'
  | 'MULTI_DISK'
  | 'COMMENT'
  | 'TOO_MANY_ENTRIES'
  | 'NAME_UNSAFE'
  | 'NAME_ENCODING'
  | 'NAME_DUPLICATE'
  | 'SYMLINK'
  | 'SPECIAL_FILE'
  | 'ENCRYPTED'
  | 'METHOD'
  | 'HEADERS_DISAGREE'
  | 'BOMB'
  | 'CRC'
  | 'SIZE'
  | 'DEFLATE'
  | 'ENTRY_TOO_LARGE'
  | 'ENTRY_MISSING';

/** A fault of an archive at one place of it: an entry's name, or the whole file. */
export function archiveError(
  fault: ArchiveFault,
  path: string,
  what: string,
  why?: string,
  cause?: unknown,
): VllmCpuError {
  return new VllmCpuError({
    code: `ARCHIVE_${fault}`,
    what: `${path}: ${what}`,
    ...(why ? { why } : {}),
    next: 'Do not install or publish this file. Build or download it again.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** A name from outside, safe to print: control characters escaped, length bounded. */
export function shownName(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
}
