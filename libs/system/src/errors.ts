import { types } from 'node:util';

/** The three parts that every user-visible failure has, and a stable code to search for. */
export interface ErrorParts {
  /** Stable identifier in SCREAMING_SNAKE_CASE; tests and documents refer to it. */
  code: string;
  /** What happened, with the names of the things involved. */
  what: string;
  /** Why it happened or matters; may be left out where `what` already says it. */
  why?: string;
  /** What the user can do next: a command or a setting. */
  next: string;
  cause?: unknown;
}

/** A failure that the user can act on. Anything else that is thrown is a defect of this program. */
export class VllmCpuError extends Error {
  override readonly name = 'VllmCpuError';
  readonly code: string;
  readonly what: string;
  readonly why: string | undefined;
  readonly next: string;

  constructor(parts: ErrorParts) {
    super(
      [parts.what, parts.why, parts.next].filter(Boolean).join('\n'),
      parts.cause === undefined ? undefined : { cause: parts.cause },
    );
    this.code = parts.code;
    this.what = parts.what;
    this.why = parts.why;
    this.next = parts.next;
  }
}

/** Why the system refused access to a path, by the code of Node's error: our code, the reason, what to do. */
const FILE_FAULTS: Readonly<Record<string, readonly [code: string, why: string, next: string]>> = {
  ENOSPC: ['DISK_FULL', 'The disk is full.', 'Free space on that disk, then try again.'],
  EDQUOT: ['DISK_FULL', 'The disk quota is used up.', 'Free space on that disk, then try again.'],
  EROFS: [
    'FOLDER_NOT_WRITABLE',
    'It is on a read-only file system.',
    'Mount it read-write, or use another folder.',
  ],
  EACCES: ['PERMISSION_DENIED', 'Permission denied.', 'Fix its permissions, then try again.'],
  EPERM: ['PERMISSION_DENIED', 'Permission denied.', 'Fix its permissions, then try again.'],
  ENOENT: [
    'FILE_NOT_FOUND',
    'The file or folder does not exist.',
    'Check the path, or create what is missing.',
  ],
  ENOTDIR: [
    'FILE_NOT_FOUND',
    'A part of the path is not a folder.',
    'Check the path, or remove what is in the way.',
  ],
  EISDIR: ['FILE_NOT_FOUND', 'It is a folder, not a file.', 'Give the path of a file.'],
};

/** System calls whose name is not an English verb. */
const VERBS: Readonly<Record<string, string>> = {
  copyfile: 'copy',
  ftruncate: 'write',
  lstat: 'read',
  mkdir: 'create the folder',
  mkdtemp: 'create the folder',
  rmdir: 'remove',
  scandir: 'read the folder',
  stat: 'read',
  unlink: 'remove',
};

/**
 * What the system refused (a full disk, a missing file) as an error that the user can act on. Node leaves
 * the path out where an open file is written to: `place` is named then. Anything else is returned as it is.
 */
export function explainFault(error: unknown, place?: string): unknown {
  if (!types.isNativeError(error) || error instanceof VllmCpuError) return error;
  const {
    code = '',
    syscall = 'use',
    ...places
  } = error as NodeJS.ErrnoException & { dest?: string };
  const path = places.path ?? place;
  const fault = FILE_FAULTS[code];
  if (!fault || path === undefined || syscall.startsWith('spawn')) return error;
  const [name, why, next] = fault;
  return new VllmCpuError({
    code: name,
    what: `cannot ${VERBS[syscall] ?? syscall} ${path}${places.dest ? ` to ${places.dest}` : ''}`,
    why: `${why} (${code})`,
    next,
    cause: error,
  });
}

/** Renders any thrown value for a terminal: the parts of a VllmCpuError, the stack of a defect. */
export function describeError(thrown: unknown): string {
  const error = explainFault(thrown);
  if (!(error instanceof VllmCpuError)) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const lines = [`error [${error.code}]: ${error.what}`];
  if (error.why) lines.push(`  why: ${error.why}`);
  lines.push(`  what to do: ${error.next}`);
  return lines.join('\n');
}

/** Runs at the one boundary where errors become text and an exit status. */
export async function atBoundary(
  action: () => Promise<boolean>,
  print: (text: string) => void = (text) => process.stderr.write(`${text}\n`),
): Promise<boolean> {
  try {
    return await action();
  } catch (error) {
    print(describeError(error));
    return false;
  }
}
