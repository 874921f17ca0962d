import fs from 'node:fs';
import path from 'node:path';
import { DetectError } from './errors.ts';

/** A cpuinfo of 4,096 processors is about 8 MB; anything far above is another kind of file. */
export const LARGEST_CPUINFO = 16 * 1024 * 1024;

/** Reads the kernel's small text files below a root: `/`, or a copy of another machine's. */
export class Files {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  at(file: string): string {
    return this.root === '/' ? file : path.join(this.root, file);
  }

  /** The text of a file, one character a byte; null where it cannot be read. */
  text(file: string): string | null {
    try {
      return fs.readFileSync(this.at(file), 'latin1');
    } catch {
      return null;
    }
  }

  /** The first line of a file, trimmed; null where it cannot be read. */
  line(file: string): string | null {
    const text = this.text(file);
    return text === null ? null : trim(text.split('\n', 1)[0] ?? '');
  }

  /** A file that holds one whole number. */
  number(file: string): number | null {
    return wholeNumber(this.line(file));
  }

  exists(file: string): boolean {
    return fs.existsSync(this.at(file));
  }

  /** Names in a directory; none where it cannot be read. */
  names(directory: string): string[] {
    try {
      return fs.readdirSync(this.at(directory)).sort();
    } catch {
      return [];
    }
  }
}

/** Text without white space at its ends; String.trim knows more of it than other languages do. */
export function trim(text: string): string {
  return text.replace(/^[ \t\r\n\v\f]+|[ \t\r\n\v\f]+$/g, '');
}

/** Up to 15 digits, perhaps with a minus sign, as a number; null for anything else. */
export function wholeNumber(text: string | null | undefined): number | null {
  return /^-?[0-9]{1,15}$/.test(text ?? '') ? Number(text) : null;
}

/**
 * Reads a cpuinfo file that the user named; `-` is standard input.
 * @throws DetectError CPUINFO_UNREADABLE or CPUINFO_TOO_LARGE
 */
export function readCpuinfo(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readAtMost(file, LARGEST_CPUINFO + 1);
  } catch (error) {
    throw new DetectError({
      code: 'CPUINFO_UNREADABLE',
      what: `${file} cannot be read.`,
      why: `The operating system answered ${(error as NodeJS.ErrnoException).code ?? 'with an error'}.`,
      next: 'Give the path of a copy of /proc/cpuinfo, or - for standard input.',
      exitCode: 66,
    });
  }
  if (bytes.length > LARGEST_CPUINFO) {
    throw new DetectError({
      code: 'CPUINFO_TOO_LARGE',
      what: `${file} is larger than 16 MiB.`,
      why: 'No machine has a /proc/cpuinfo of that size, so it is another kind of file.',
      next: 'Give a copy of /proc/cpuinfo.',
      exitCode: 65,
    });
  }
  return bytes.toString('latin1');
}

function readAtMost(file: string, limit: number): Buffer {
  const descriptor = file === '-' ? 0 : fs.openSync(file, 'r');
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    while (size < limit) {
      const chunk = Buffer.alloc(Math.min(1 << 20, limit - size));
      const read = fs.readSync(descriptor, chunk, 0, chunk.length, null);
      if (read === 0) break;
      chunks.push(chunk.subarray(0, read));
      size += read;
    }
    return Buffer.concat(chunks);
  } finally {
    if (file !== '-') fs.closeSync(descriptor);
  }
}
