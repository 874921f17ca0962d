/** The parts of an error that the user can act on; `code` is stable and documented. */
export interface DetectErrorParts {
  code: string;
  what: string;
  why: string;
  next: string;
  exitCode: number;
}

/** A failure that the user can act on; everything else that is thrown is a defect of this program. */
export class DetectError extends Error {
  override readonly name = 'DetectError';
  readonly parts: DetectErrorParts;

  constructor(parts: DetectErrorParts) {
    super(`${parts.what} ${parts.why} ${parts.next}`);
    this.parts = parts;
  }

  /** The error as the command prints it, with a final newline. */
  render(): string {
    const { code, what, why, next } = this.parts;
    return `error [${code}]: ${what}\n  why: ${why}\n  what to do: ${next}\n`;
  }
}
