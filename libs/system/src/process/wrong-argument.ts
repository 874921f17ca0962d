/**
 * What `parseArgs` of Node refused, and which options there are. Its message goes on about files whose name
 * begins with a dash, and ends within a quotation (Node 20 to 24).
 */
export function wrongArgument(
  cause: unknown,
  options: readonly string[],
): { what: string; why: string } {
  const message = cause instanceof Error ? cause.message : String(cause);
  const listed = options.map((name) => `--${name}`).join(', ');
  return {
    what: message.replace(/\. To specify a positional argument .*$/s, ''),
    why: `The options are ${listed}.`,
  };
}
