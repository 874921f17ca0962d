import type { TargetConfiguration } from '@nx/devkit';
import { target } from './target.ts';

/** The targets of what is built: pins and their records. */
export function upstreamTargets(): Record<string, TargetConfiguration> {
  const uncached = { cache: false };
  return {
    pin: target(
      'pin',
      'write the pins of upstream releases (--releases="0.11.0-0.12.0")',
      {},
      uncached,
    ),
    relock: target('relock', 'resolve the locks of build environments anew', {}, uncached),
    releases: target('releases', 'list available, pinned and active releases', {}, uncached),
    'record-equivalence': target(
      'record-equivalence',
      'record that two variants of a release have the same machine code',
      {},
      uncached,
    ),
    'record-absence': target(
      'record-absence',
      'record that a release has no code for a feature that a variant proves',
      {},
      uncached,
    ),
    activate: target('activate', 'put a pinned release into the umbrella targets', {}, uncached),
    check: target('check', "compare upstream's releases with the pins and the index", {}, uncached),
    matrix: target('matrix', 'print the build matrix of a CI run', {}, uncached),
  };
}
