import { z } from 'zod';
import { VllmCpuError } from '@vllm-cpu/system/errors';

/** An option as it is written on the command line: `maxJobs` is `--max-jobs`. */
export function optionName(property: string): string {
  return `--${property.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The other way round: `max-jobs` is `maxJobs`. */
export function optionProperty(name: string): string {
  return name.replace(/(?<=.)-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * The options of a target by their strict schema.
 * @throws VllmCpuError OPTION_INVALID, which names each wrong option and lists those that there are
 */
export function parseOptions<Schema extends z.ZodType>(
  given: unknown,
  schema: Schema,
): z.infer<Schema> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const unknown = issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : []));
  const known = optionsOf(schema);
  throw new VllmCpuError({
    code: 'OPTION_INVALID',
    what: issues.map((issue) => describeIssue(issue)).join('; '),
    why: `The options of this target are ${known.map(optionName).join(', ') || 'none'}.`,
    next: suggestion(unknown, known),
  });
}

function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    return `unknown option ${issue.keys.map(optionName).join(', ')}`;
  }
  const [property, ...inside] = issue.path;
  const place = property === undefined ? 'the options' : optionName(String(property));
  return `${[place, ...inside].join('.')}: ${issue.message}`;
}

/** The options that a user may give, without those that the plugin sets. */
function optionsOf(schema: z.ZodType): string[] {
  // Where options of other targets are dropped first (onednn), the schema is behind that.
  if (schema instanceof z.ZodPipe) return optionsOf(schema.out as z.ZodType);
  const shape = 'shape' in schema ? (schema.shape as Record<string, z.ZodType>) : {};
  return Object.entries(shape)
    .filter(([, option]) => !option.description?.includes('set by the plugin'))
    .map(([name]) => name);
}

function suggestion(unknown: readonly string[], known: readonly string[]): string {
  const meant = unknown.flatMap((name) => known.filter((each) => isClose(each, name)));
  if (meant.length > 0) return `Did you mean ${[...new Set(meant)].map(optionName).join(', ')}?`;
  return 'Fix the command line. The same command with --help describes every option.';
}

/**
 * The same but for case, dashes and up to two letters, or one is the start of the other: `maxjobs`, `maxJob`,
 * `idx` for `index`.
 */
function isClose(one: string, other: string): boolean {
  const [a = '', b = ''] = [one, other].map((name) => name.toLowerCase().replaceAll('-', ''));
  if (a.startsWith(b) || b.startsWith(a)) return true;
  const most = Math.min(2, Math.floor(Math.max(a.length, b.length) / 2));
  return editDistance(a, b) <= most;
}

/** How many letters have to be added, removed or changed (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [index, letter] of [...a].entries()) {
    const next = [index + 1];
    for (let column = 1; column <= b.length; column++) {
      const changed = (row[column - 1] ?? 0) + (letter === b[column - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
