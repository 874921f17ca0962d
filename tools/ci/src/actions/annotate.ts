import { VllmCpuError } from '@vllm-cpu/system/errors';

/** A note on the run's page; a line of the log elsewhere. */
export function annotate(level: 'error' | 'warning' | 'notice', text: string): void {
  if (process.env['GITHUB_ACTIONS'] !== 'true') {
    if (level !== 'error') console.log(`${level}: ${text}`);
    return;
  }
  const escaped = text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  console.log(`::${level}::${escaped}`);
}

/** An error as text, and in a workflow as an annotation of the run's page. */
export function tellError(error: VllmCpuError): void {
  const text = [`[${error.code}] ${error.what}`, error.why, error.next].filter(Boolean).join('\n');
  console.error(`\nError: ${text}`);
  annotate('error', text);
}

/** What a failure was, as one text. */
export function messageOf(error: unknown): string {
  if (!(error instanceof VllmCpuError))
    return error instanceof Error ? error.message : String(error);
  return [`[${error.code}] ${error.what}`, error.why, error.next].filter(Boolean).join('\n');
}
