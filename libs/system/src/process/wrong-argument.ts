/**
 * What `parseArgs` of Node refused, without what its message adds about file names that begin with a dash
 * (Node 20 to 24).
 */
export function wrongArgument(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.replace(/\. To specify a positional argument .*$/s, '');
}

/** The options of a command line, for the error about one that is not among them. */
export function theOptions(options: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(options).map((name) => `--${name}`);
  return `The options are ${names.join(', ')}.`;
}
