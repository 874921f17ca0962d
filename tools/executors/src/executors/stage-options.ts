import { z } from 'zod';

/**
 * The options of a cached target. Each belongs to one group, so that whoever adds an option decides
 * whether it is in the key: the type of a stage's key sees the first two groups only.
 */
export interface StageOptions<
  Subject extends z.ZodRawShape,
  InKey extends z.ZodRawShape,
  OutOfKey extends z.ZodRawShape,
> {
  /** All of them, strict: what the executor parses. */
  all: z.ZodObject<Subject & InKey & OutOfKey, z.core.$strict>;
  /** What the task is about; the stage's key function resolves it to contents. */
  subject: z.ZodObject<Subject, z.core.$strip>;
  /** Digested as they are, beside that. */
  inKey: z.ZodObject<InKey, z.core.$strip>;
  /** Names of options that are for other targets of the same run, and mean nothing to this one. */
  ignored: readonly string[];
}

export function stageOptions<
  Subject extends z.ZodRawShape,
  InKey extends z.ZodRawShape,
  OutOfKey extends z.ZodRawShape,
>(
  description: string,
  groups: { subject: Subject; inKey: InKey; outOfKey: OutOfKey },
  ignored: readonly string[] = [],
): StageOptions<Subject, InKey, OutOfKey> {
  const { subject, inKey, outOfKey } = groups;
  return {
    all: z.strictObject({ ...subject, ...inKey, ...outOfKey }).describe(description),
    subject: z.object(subject),
    inKey: z.object(inKey),
    ignored,
  };
}

/** The options without those that are ignored; a value that is not an object is left for the schema to refuse. */
export function withoutIgnored(given: unknown, ignored: readonly string[]): unknown {
  if (typeof given !== 'object' || given === null) return given;
  return Object.fromEntries(Object.entries(given).filter(([name]) => !ignored.includes(name)));
}
