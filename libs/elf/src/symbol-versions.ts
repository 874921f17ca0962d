import { malformed } from './byte-view.ts';
import type { ByteView } from './byte-view.ts';

/** The symbol versions that a file asks of one library: libc.so.6, [GLIBC_2.2.5, GLIBC_2.34]. */
export interface VersionNeed {
  library: string;
  versions: readonly NeededVersion[];
}

export interface NeededVersion {
  name: string;
  /** The number that DT_VERSYM uses for this version. */
  index: number;
  /** VER_FLG_WEAK: the loader only warns where it is missing. */
  weak: boolean;
}

const VER_FLG_WEAK = 2;
/** The largest real files need some hundred; chains that overlap would multiply without a limit. */
const MAX_VERSIONS = 10_000;

/**
 * Reads the Verneed chain (gABI extension, "Symbol versioning" in the LSB). Like glibc's
 * _dl_check_map_versions it goes by the links, and not by the numbers of entries that are stated.
 */
export function readVersionNeeds(
  view: ByteView,
  offset: number,
  text: (offset: number) => string,
): VersionNeed[] {
  const needs: VersionNeed[] = [];
  let at = offset;
  let total = 0;
  for (;;) {
    view.require(at, 16, 'a version need');
    const versions = readVersions(view, at + view.u32(at + 8), MAX_VERSIONS - total, text);
    total += versions.length;
    needs.push({ library: text(view.u32(at + 4)), versions });
    const step = view.u32(at + 12);
    if (step === 0) return needs;
    if (step < 16) throw malformed(view.name, 'version needs overlap');
    at += step;
  }
}

function readVersions(
  view: ByteView,
  start: number,
  limit: number,
  text: (offset: number) => string,
): NeededVersion[] {
  const versions: NeededVersion[] = [];
  let at = start;
  for (;;) {
    if (versions.length >= limit)
      throw malformed(view.name, `over ${MAX_VERSIONS} needed versions`);
    view.require(at, 16, 'a needed version');
    versions.push({
      name: text(view.u32(at + 8)),
      index: view.u16(at + 6) & 0x7fff,
      weak: (view.u16(at + 4) & VER_FLG_WEAK) !== 0,
    });
    const step = view.u32(at + 12);
    if (step === 0) return versions;
    if (step < 16) throw malformed(view.name, 'needed versions overlap');
    at += step;
  }
}
