import { explain, validRange } from '@renovatebot/pep440';
import { z } from 'zod';
import { pythonsIn } from '@vllm-cpu/python/python-versions';

/** A PEP 440 version in its normal form, without a local label: what versions are compared as. */
export const versionField = z
  .string()
  .refine((text) => explain(text)?.public === text, { error: ({ input }) => notNormal(input) });

/**
 * A PEP 440 specifier. One that cannot be read admits no version: without this check, what it is about
 * would silently not apply.
 */
export const specifierField = z.string().refine((text) => text.trim() !== '' && validRange(text), {
  error: ({ input }) => `"${input}" is not a specifier as >=0.18,<0.19 (PEP 440)`,
});

/** The specifier of a release's Pythons, of which wheels can be built for at least one. */
export const pythonField = specifierField.refine((text) => pythonsIn(text).length > 0, {
  error: ({ input }) => `"${input}" admits no known version of Python`,
});

/** The version that a tag of upstream names; undefined where it names none. */
export function versionOfTag(tag: string): string | undefined {
  return explain(tag)?.public;
}

function notNormal(input: unknown): string {
  const normal = typeof input === 'string' ? explain(input)?.public : undefined;
  return normal
    ? `write "${input}" as ${normal}`
    : `"${input}" is not a version as 0.12.0 (PEP 440)`;
}
