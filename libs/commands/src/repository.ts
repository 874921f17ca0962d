import { createRunner } from '@vllm-cpu/system/run';
import type { Runner } from '@vllm-cpu/system/run';
import { readSettings } from '@vllm-cpu/system/settings';
import type { Settings } from '@vllm-cpu/system/settings';
import { loadReleases, loadVariants } from '@vllm-cpu/sources/catalogue';
import type { NamedRelease } from '@vllm-cpu/sources/catalogue';
import type { Variant } from '@vllm-cpu/variant/model';

/** What an executor gives to a stage: the repository's definitions and this machine. */
export interface Repository {
  root: string;
  settings: Settings;
  variants: readonly Variant[];
  releases: readonly NamedRelease[];
  runner: Runner;
  report: (line: string) => void;
  /** Details of what went well are wanted too: `--verbose`. */
  verbose?: boolean;
}

/** Reads the definitions and the machine settings. */
export function openRepository(
  root: string,
  report: (line: string) => void = (line) => process.stdout.write(`${line}\n`),
): Repository {
  // What `nx run --verbose` sets.
  const verbose = process.env['NX_VERBOSE_LOGGING'] === 'true';
  return {
    root,
    settings: readSettings(root, process.env),
    variants: loadVariants(root),
    releases: loadReleases(root),
    runner: createRunner(verbose ? report : undefined),
    report,
    verbose,
  };
}
