import { fileURLToPath } from 'node:url';

// Named by URLs relative to this module, so that the key of the stage has them: source-closure.ts.

/** The guard as it goes into every wheel. */
export const CPU_GUARD_MODULE = fileURLToPath(new URL('./guard/_cpu_guard.py', import.meta.url));
/** What caps vLLM's questions about the CPU, as it goes into wheels of releases that ask them. */
export const CPU_LEVEL_MODULE = fileURLToPath(
  new URL('./guard/_vllm_cpu_level.py', import.meta.url),
);
/** Source of the guard's helper on x86-64. */
export const CPU_FEATURES_SOURCE = fileURLToPath(
  new URL('./guard/cpu_features.c', import.meta.url),
);
