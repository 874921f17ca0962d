import type { NamedRelease } from '@vllm-cpu/sources/catalogue';
import { oneDnnBuilds } from '@vllm-cpu/sources/onednn-build';
import { oneDnnOutput } from '@vllm-cpu/sources/onednn-manifest';
import { hostPlatform, PLATFORMS } from '@vllm-cpu/variant/features';
import { target } from './target.ts';
import type { Targets } from './target.ts';

/** The name of the target that builds a oneDNN. */
export function oneDnnTarget(name: string): string {
  return `onednn-${name}`;
}

/** One target for each distinct oneDNN of the pins, on which compiles depend. */
function oneDnnTargets(releases: readonly NamedRelease[]): Targets {
  const builds = oneDnnBuilds(releases, hostPlatform() ?? PLATFORMS[0]);
  return Object.fromEntries(
    builds.map((build) => [
      oneDnnTarget(build.name),
      target(
        'onednn',
        `build oneDNN ${build.tag} in C++${build.cxxStandard}, for all that link it`,
        { build: build.name },
        {
          cache: true,
          // It uses every core by itself.
          parallelism: false,
          outputs: [`{workspaceRoot}/${oneDnnOutput(build.name)}`],
        },
      ),
    ]),
  );
}

/** The targets of what is built: pins, their records, and the libraries that releases share. */
export function upstreamTargets(releases: readonly NamedRelease[]): Targets {
  return {
    ...oneDnnTargets(releases),
    pin: target('pin', 'write the pins of upstream releases (--releases="0.11.0-0.12.0")'),
    relock: target('relock', 'resolve the locks of build environments again'),
    releases: target('releases', 'list available, pinned and active releases'),
    'record-equivalence': target(
      'record-equivalence',
      'record that two variants of a release have the same machine code',
    ),
    'record-absence': target(
      'record-absence',
      'record that a release has no code for a feature that a variant promises',
    ),
    activate: target('activate', 'put a pinned release into the umbrella targets'),
    check: target('check', "compare upstream's releases with the pins and the index"),
    matrix: target('matrix', 'print the build matrix of a CI run'),
  };
}
