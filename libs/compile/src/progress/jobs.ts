import { availableParallelism, totalmem } from 'node:os';

/** The largest translation units of vLLM need about this much memory, in bytes. */
const MEMORY_PER_JOB = 2 * 1024 ** 3;

/**
 * How many compilers run at once: one per CPU, fewer where memory is short, at most `limit`.
 * The number never changes the result, so it is in no key.
 */
export function parallelJobs(
  limit: number | undefined,
  cpus: number = availableParallelism(),
  memory: number = totalmem(),
): number {
  const byMemory = Math.max(1, Math.floor(memory / MEMORY_PER_JOB));
  return Math.max(1, Math.min(cpus, byMemory, limit ?? Number.MAX_SAFE_INTEGER));
}
