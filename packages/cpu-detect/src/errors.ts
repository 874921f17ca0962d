/** The parts of an error; `code` is stable and documented. */
export interface ErrorParts {
  code: string;
  what: string;
  why: string;
  next: string;
  /** As the command ends; 64 to 74, as sysexits.h names them. */
  exitCode: number;
}

/** A failure that the user can act on: what happened, why, and what to do next. */
export class DetectError extends Error implements ErrorParts {
  override readonly name = 'DetectError';
  readonly code: string;
  readonly what: string;
  readonly why: string;
  readonly next: string;
  readonly exitCode: number;

  constructor({ code, what, why, next, exitCode }: ErrorParts) {
    super(`${what} ${why} ${next}`);
    this.code = code;
    this.what = what;
    this.why = why;
    this.next = next;
    this.exitCode = exitCode;
  }

  /** As the command prints it, with a final newline. */
  render(): string {
    return `error [${this.code}]: ${this.what}\n  why: ${this.why}\n  what to do: ${this.next}\n`;
  }
}

const PRINTED = /^error \[(\w+)\]: (.*)\n {2}why: (.*)\n {2}what to do: (.*)\n/m;

/** What the detector printed as an error; null where it printed something else. */
export function parseError(stderr: string, exitCode: number): DetectError | null {
  const [, code, what, why, next] = PRINTED.exec(stderr) ?? [];
  if (code === undefined || what === undefined || why === undefined || next === undefined) {
    return null;
  }
  return new DetectError({ code, what, why, next, exitCode });
}
