import type { IndexTarget } from './index-target.ts';

/** What an index accepts; undefined where there is no limit, or none that is known. */
export interface IndexLimits {
  /** Bytes of one file. */
  file: number | undefined;
  /** Bytes of all files of a project. */
  project: number | undefined;
  /** Days after which a release takes no new files. */
  releaseAge: number | undefined;
}

const MIB = 1024 * 1024;

/** The defaults that PyPI documents under "Storage limits" in its user documentation. */
export const PYPI_LIMITS: IndexLimits = {
  file: 100 * MIB,
  project: 10 * 1024 * MIB,
  releaseAge: 14,
};

export const NO_LIMITS: IndexLimits = {
  file: undefined,
  project: undefined,
  releaseAge: undefined,
};

/** The limits of `target`, replaced by those that were given (PyPI grants higher ones on request). */
export function limitsOf(target: IndexTarget, given: Partial<IndexLimits> = {}): IndexLimits {
  return { ...target.limits, ...given };
}
