import { explain } from '@renovatebot/pep440';
import { VllmCpuError } from '@vllm-cpu/system/errors';

/** A PEP 440 version, normalised. */
export interface Version {
  /** With the local part, where there is one: `0.12.0+cpu`. */
  full: string;
  /** What a package index accepts: `0.12.0`. */
  public: string;
  /** After the `+`, or undefined. */
  local: string | undefined;
  isPrerelease: boolean;
}

/**
 * Parses and normalises a version; a leading `v` and alternative spellings are understood.
 * @throws VllmCpuError VERSION_INVALID
 */
export function parseVersion(text: string): Version {
  const explained = explain(text);
  if (!explained) {
    throw new VllmCpuError({
      code: 'VERSION_INVALID',
      what: `invalid version ${JSON.stringify(text)}`,
      why: 'Versions follow PEP 440, for example 0.12.0, 0.8.5.post1 or 0.11.0rc1.',
      next: 'Use a valid version.',
    });
  }
  const local = explained.local ?? undefined;
  return {
    full: local === undefined ? explained.public : `${explained.public}+${local}`,
    public: explained.public,
    local,
    isPrerelease: explained.is_prerelease,
  };
}

/** The suffixes that make another version of the same upstream release. */
const SUFFIX = /^(?:\.post|\.dev|a|b|rc)(?:0|[1-9]\d*)$/;

/** @throws VllmCpuError POSTFIX_INVALID */
export function checkSuffix(suffix: string): string {
  if (SUFFIX.test(suffix)) return suffix;
  throw new VllmCpuError({
    code: 'POSTFIX_INVALID',
    what: `${JSON.stringify(suffix)} is not a version suffix`,
    why: 'A suffix is one of .postN, .devN, aN, bN and rcN, where N is an integer (PEP 440).',
    next: 'Use for example --suffix=.post1.',
  });
}

/** Whether `version` is `release` itself, or that with one suffix of ours; both normalised. */
export function isVersionOf(release: string, version: string): boolean {
  return (
    version === release ||
    (version.startsWith(release) && SUFFIX.test(version.slice(release.length)))
  );
}

/**
 * The public version of `release` with `suffix`: ("0.12.0", ".post1") gives "0.12.0.post1".
 * @throws VllmCpuError POSTFIX_INVALID where PEP 440 has no such version: 0.8.5.post1 and .post2.
 */
export function applySuffix(release: string, suffix: string | undefined): string {
  const base = parseVersion(release).public;
  if (suffix === undefined || suffix === '') return base;
  const version = `${base}${checkSuffix(suffix)}`;
  if (explain(version)?.public === version) return version;
  throw new VllmCpuError({
    code: 'POSTFIX_INVALID',
    what: `${base} cannot take the suffix ${suffix}`,
    why: `${version} is not a version (PEP 440).`,
    next: 'Choose another suffix: .devN can follow a post-release, .postN a pre-release.',
  });
}
