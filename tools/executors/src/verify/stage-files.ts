import { join } from 'node:path';

/** PyPI's classifiers. */
export const CLASSIFIERS_FILE = join(import.meta.dirname, 'data/classifiers.json');
/** Symbols of Python's stable ABI. */
export const STABLE_ABI_FILE = join(import.meta.dirname, 'data/stable-abi.json');
/** What upstream asks before it loads one of several modules. */
export const MODULE_GATES_FILE = join(import.meta.dirname, 'data/module-gates.json');
/** What the import check runs inside an installed wheel. */
export const PROBE_SCRIPT = join(import.meta.dirname, 'probe/probe.py');

/** Files that this stage reads and that are not TypeScript: a cache key digests them as well. */
export const STAGE_FILES: readonly string[] = [
  CLASSIFIERS_FILE,
  STABLE_ABI_FILE,
  MODULE_GATES_FILE,
  PROBE_SCRIPT,
];
