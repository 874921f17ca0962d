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
}

export function stageOptions<
  Subject extends z.ZodRawShape,
  InKey extends z.ZodRawShape,
  OutOfKey extends z.ZodRawShape,
>(
  description: string,
  groups: { subject: Subject; inKey: InKey; outOfKey: OutOfKey },
): StageOptions<Subject, InKey, OutOfKey> {
  const { subject, inKey, outOfKey } = groups;
  return {
    all: z.strictObject({ ...subject, ...inKey, ...outOfKey }).describe(description),
    subject: z.object(subject),
    inKey: z.object(inKey),
  };
}
