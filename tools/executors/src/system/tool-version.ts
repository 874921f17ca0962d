import { coerce, gte } from 'semver';

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
