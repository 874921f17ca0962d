import { compare, explain } from '@renovatebot/pep440';
import { VllmCpuError } from '../system/errors.ts';

/** The oldest release whose files this program is known to read. */
export const OLDEST_RELEASE = '0.8.5';

/** From here on one x86 wheel holds a module for each level: there are no variants to build. */
export const UNIFIED_SINCE = '0.17.0';

/** One release tag of the upstream repository. */
export interface AvailableRelease {
  /** PEP 440, normalised, without a leading v. */
  version: string;
  /** As it stands after refs/tags/. */
  tag: string;
  commit: string;
}

/**
 * The normalised public form of a PEP 440 version, a leading `v` allowed; null where `text` is not
 * one or names a local version. `valid()` of the library does not normalise, `explain()` does.
 */
export function normalizedVersion(text: string): string | null {
  const parts = explain(text.trim());
  return parts && parts.local === null ? parts.public : null;
}

/** Sorts versions that `normalizedVersion` gave, lowest first. */
export function byVersion(a: string, b: string): number {
  return compare(a, b);
}

/** Alpha, beta, candidate and development versions. */
export function isPreRelease(version: string): boolean {
  const parts = explain(version);
  return parts !== null && (parts.is_prerelease || parts.is_devrelease);
}

/** Whether `version` (candidates of 0.17.0 included) holds several modules in one x86 wheel. */
export function isUnified(version: string): boolean {
  const base = explain(version)?.base_version;
  return base !== undefined && compare(base, UNIFIED_SINCE) >= 0;
}

/** The refusal of a release of the unified era; `title` names it: "vLLM 0.17.0". */
export function unifiedRefused(title: string, evidence?: string): VllmCpuError {
  return new VllmCpuError({
    code: 'RELEASE_UNIFIED',
    what: `${title} cannot be pinned`,
    why:
      `${evidence ? `${evidence}. ` : ''}From ${UNIFIED_SINCE} on upstream compiles one x86 wheel ` +
      'that holds a module for each instruction-set level and chooses at import, ' +
      'so there are no variants to build separately.',
    next: `Name releases below ${UNIFIED_SINCE}; newer ones are installed from upstream's own CPU wheel.`,
  });
}
