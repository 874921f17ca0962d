import { satisfies } from '@renovatebot/pep440';
import { VllmCpuError } from '@vllm-cpu/system/errors';

/** Minor versions of Python 3 that have a classifier on the package index. */
const PYTHON_MINORS = Array.from({ length: 15 - 8 + 1 }, (_, index) => 8 + index);

const DERIVED = /^(?:Programming Language :: Python|Operating System|License|Environment :: GPU)\b/;

/**
 * Upstream's classifiers with those about Python derived from `requiresPython` (every 3.N that the
 * range admits), those about the system true for this wheel, and none about the licence, which
 * License-Expression states (PEP 639 forbids both).
 * @throws VllmCpuError REQUIRES_PYTHON_UNKNOWN
 */
export function classifiersFor(upstream: readonly string[], requiresPython: string): string[] {
  const versions = PYTHON_MINORS.filter((minor) => satisfies(`3.${minor}.99`, requiresPython));
  if (versions.length === 0) {
    throw new VllmCpuError({
      code: 'REQUIRES_PYTHON_UNKNOWN',
      what: `Requires-Python ${JSON.stringify(requiresPython)} matches no known Python`,
      why: `Known versions: 3.${PYTHON_MINORS.at(0)} to 3.${PYTHON_MINORS.at(-1)}.`,
      next: 'Fix the pin, or add the new Python to libs/package/src/metadata/classifiers.ts.',
    });
  }
  const kept = upstream.filter((classifier) => !DERIVED.test(classifier));
  const python = 'Programming Language :: Python :: 3';
  const derived = [
    'Operating System :: POSIX :: Linux',
    python,
    ...versions.map((minor) => `Programming Language :: Python :: 3.${minor}`),
  ];
  return [...new Set([...kept, ...derived])].sort(byNumberedText);
}

/** Alphabetical, with 3.9 before 3.10. */
function byNumberedText(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
