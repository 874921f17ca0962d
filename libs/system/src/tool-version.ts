import { coerce, compare, gte } from 'semver';

/**
 * Whether a tool is known not to be older than `needed`: ("12.2.0", "12.3") is false, and so is a
 * text without a number. Tools do not follow semver to the letter ("6.1", "twine version 6.2.0 (...)",
 * "3.31.6-dirty"), so the first number with dots is what counts. Versions of vLLM and of a
 * distribution's wheels are PEP 440: wheel/version.ts.
 */
export function isAtLeast(version: string, needed: string): boolean {
  const [found, wanted] = [coerce(version), coerce(needed)];
  return found !== null && wanted !== null && gte(found, wanted);
}

/** Orders by number what has the form of a version: 2.9 before 2.10. A text without a number is first. */
export function compareNumbers(a: string, b: string): number {
  return compare(coerce(a) ?? '0.0.0', coerce(b) ?? '0.0.0');
}
