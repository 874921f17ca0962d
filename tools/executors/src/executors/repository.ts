import { createRunner } from '../system/run.ts';
import type { Runner } from '../system/run.ts';
import { readSettings } from '../system/settings.ts';
import type { Settings } from '../system/settings.ts';
import { loadReleases, loadVariants } from '../sources/catalogue.ts';
import type { NamedRelease } from '../sources/catalogue.ts';
import type { Variant } from '../variant/model.ts';

/** What an executor gives to a stage: the repository's definitions and this machine. */
export interface Repository {
  root: string;
  settings: Settings;
  variants: readonly Variant[];
  releases: readonly NamedRelease[];
  runner: Runner;
  report: (line: string) => void;
}

/** Reads the definitions and the machine settings. */
export function openRepository(
  root: string,
  report: (line: string) => void = (line) => process.stdout.write(`${line}\n`),
): Repository {
  const verbose = process.env['NX_VERBOSE_LOGGING'] === 'true';
  return {
    root,
    settings: readSettings(root, process.env),
    variants: loadVariants(root),
    releases: loadReleases(root),
    runner: createRunner(verbose ? report : undefined),
    report,
  };
}
