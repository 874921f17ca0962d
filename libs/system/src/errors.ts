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

/** Renders any thrown value for a terminal: the parts of a VllmCpuError, the stack of a defect. */
export function describeError(error: unknown): string {
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
