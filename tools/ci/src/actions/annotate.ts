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
  const text = messageOf(error);
  console.error(`\nError: ${text}`);
  annotate('error', text);
}

/** What a failure was, as one text. */
export function messageOf(error: unknown): string {
  if (!(error instanceof VllmCpuError))
    return error instanceof Error ? error.message : String(error);
  return [`[${error.code}] ${error.what}`, error.why, error.next].filter(Boolean).join('\n');
}

/**
 * Does `action` for each item. One that fails is told, and does not keep the others from being done.
 * @returns the names of those that failed
 */
export async function tryEach<Item>(
  items: Iterable<readonly [name: string, item: Item]>,
  action: (name: string, item: Item) => Promise<void>,
): Promise<string[]> {
  const failed: string[] = [];
  for (const [name, item] of items) {
    try {
      await action(name, item);
    } catch (error) {
      failed.push(name);
      console.error(messageOf(error));
      annotate('error', `${name}: ${messageOf(error)}`);
    }
  }
  return failed;
}
