import { satisfies } from '@renovatebot/pep440';

/** CPython's minor versions that a range can name, oldest first; the oldest pin says >=3.9. */
const MINORS = Array.from({ length: 12 }, (_, index) => `3.${index + 9}`);

/** The minor versions of Python (`3.12`) that a requires-python admits, oldest first. */
export function pythonsIn(requiresPython: string): string[] {
  return MINORS.filter((minor) => satisfies(`${minor}.0`, requiresPython));
}
