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
const PYPI: IndexLimits = { file: 100 * MIB, project: 10 * 1024 * MIB, releaseAge: 14 };

/** The limits of `target`, replaced by those that were given (PyPI grants higher ones on request). */
export function limitsOf(target: IndexTarget, given: Partial<IndexLimits> = {}): IndexLimits {
  const known = target.kind === 'repository' && ['pypi', 'testpypi'].includes(target.name ?? '');
  const base = known ? PYPI : { file: undefined, project: undefined, releaseAge: undefined };
  return { ...base, ...given };
}
