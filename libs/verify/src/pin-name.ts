import { basename } from 'node:path';
import { embeddedFolders } from '@vllm-cpu/sources/catalogue';
import type { Release } from '@vllm-cpu/sources/release';

/** What commands call the pin of `release`: its version, or the folder of an embedded upstream. */
export function pinName(release: Release): string {
  if (release.source.kind !== 'embedded') return release.version;
  return basename(embeddedFolders(release.source).at(-1) ?? release.version);
}
