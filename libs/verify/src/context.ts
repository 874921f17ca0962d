import type { Release } from '@vllm-cpu/sources/release';
import type { Runner } from '@vllm-cpu/system/run';
import type { Platform } from '@vllm-cpu/variant/features';
import type { Variant } from '@vllm-cpu/variant/model';
import type { Allowances } from './gates/allow.ts';
import type { WheelFacts } from './facts/wheel-facts.ts';

/** How the import check may try a wheel. */
export interface ImportSetup {
  /** The interpreter that environments are made with. */
  python: string;
  /** Lets the environment see the interpreter's own packages: where torch is one of them. */
  systemSitePackages?: boolean | undefined;
  /** Installs the dependencies too, from pip's configured index; needs that index. */
  dependencies?: boolean | undefined;
  /** CPU features of this machine in /proc/cpuinfo spelling. */
  hostFeatures: readonly string[];
}

/** Everything that a check may look at. */
export interface VerifyContext {
  facts: WheelFacts;
  /** What the wheel is meant to be; without it nothing can be said about instruction sets. */
  variant?: Variant | undefined;
  release?: Release | undefined;
  platform?: Platform | undefined;
  /** Exact public version; else the release's, with any suffix. */
  expectedVersion?: string | undefined;
  /** All variants of the family. */
  variants: readonly Variant[];
  /** Reviewed exceptions. */
  allow: Allowances;
  /** Without it the import check is not run. */
  importSetup?: ImportSetup | undefined;
  runner: Runner;
  /** Environment of child processes. */
  env: Readonly<Record<string, string>>;
  /** For temporary files of checks; made when it is not there. */
  workDir: string;
}
