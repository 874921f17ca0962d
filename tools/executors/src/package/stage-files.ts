import { join } from 'node:path';

const GUARD = join(import.meta.dirname, 'guard');

/** The guard as it goes into every wheel. */
export const CPU_GUARD_MODULE = join(GUARD, '_cpu_guard.py');
/** What caps vLLM's questions about the CPU, as it goes into wheels of releases that ask them. */
export const CPU_LEVEL_MODULE = join(GUARD, '_vllm_cpu_level.py');
/** Source of the guard's helper on x86-64. */
export const CPU_FEATURES_SOURCE = join(GUARD, 'cpu_features.c');

/** Files that this stage reads and that are not TypeScript: a cache key digests them as well. */
export const STAGE_FILES: readonly string[] = [
  CPU_GUARD_MODULE,
  CPU_LEVEL_MODULE,
  CPU_FEATURES_SOURCE,
];
