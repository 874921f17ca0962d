import type { z } from 'zod';
import { VllmCpuError } from './errors.ts';

/**
 * Parses `text` as JSON and then by a strict zod schema.
 * @throws VllmCpuError INVALID_JSON or INVALID_CONTENT, naming `source` and each wrong field.
 */
export function parseJson<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
  source: string,
): z.infer<Schema> {
  if (text.startsWith('\uFEFF')) throw beginsWithMark(source);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new VllmCpuError({
      code: 'INVALID_JSON',
      what: `${source} is not valid JSON`,
      why: cause instanceof Error ? cause.message : String(cause),
      next: 'Fix the JSON syntax.',
      cause,
    });
  }
  return parseValue(value, schema, source);
}

function beginsWithMark(source: string): VllmCpuError {
  return new VllmCpuError({
    code: 'INVALID_JSON',
    what: `${source} is not valid JSON`,
    why: 'It begins with a byte order mark, which editors do not show.',
    next: `Save ${source} as UTF-8 without BOM.`,
  });
}

/** Like parseJson, for a value that is parsed already. */
export function parseValue<Schema extends z.ZodType>(
  value: unknown,
  schema: Schema,
  source: string,
): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new VllmCpuError({
    code: 'INVALID_CONTENT',
    what: `${source} is not valid`,
    why: parsed.error.issues
      .map((issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`)
      .join('; '),
    next: `Fix ${source}.`,
  });
}
