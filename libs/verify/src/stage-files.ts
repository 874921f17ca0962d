import { fileURLToPath } from 'node:url';

// Named by URLs relative to this module, so that the key of the stage has them: source-closure.ts.

/** PyPI's classifiers. */
export const CLASSIFIERS_FILE = fileURLToPath(new URL('./data/classifiers.json', import.meta.url));
/** Symbols of Python's stable ABI. */
export const STABLE_ABI_FILE = fileURLToPath(new URL('./data/stable-abi.json', import.meta.url));
/** What upstream asks before it loads one of several modules. */
export const MODULE_GATES_FILE = fileURLToPath(
  new URL('./data/module-gates.json', import.meta.url),
);
/** What the import check runs inside an installed wheel. */
export const PROBE_SCRIPT = fileURLToPath(new URL('./probe/probe.py', import.meta.url));
