import type { Release } from '../sources/release.ts';

/** What commands call the pin of `release`: its version, or `sample` for the embedded upstream's. */
export function pinName(release: Release): string {
  return release.source.kind === 'embedded' ? 'sample' : release.version;
}
