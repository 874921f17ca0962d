import { parseVersion } from '@vllm-cpu/wheel/version';

/** The static index that a workspace publishes to without being told otherwise, from its root. */
const LOCAL_INDEX = 'file:dist/index';

/**
 * The index that is meant where `--index` is left out: the local one for the embedded sample,
 * TestPyPI for pre-releases (.devN, aN, bN, rcN), else PyPI.
 */
export function defaultIndex(version: string, embedded: boolean): string {
  if (embedded) return LOCAL_INDEX;
  return parseVersion(version).isPrerelease ? 'testpypi' : 'pypi';
}
