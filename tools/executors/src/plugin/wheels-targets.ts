import type { TargetConfiguration } from '@nx/devkit';
import type { NamedRelease } from '@vllm-cpu/sources/catalogue';
import { hostPlatform, PLATFORMS } from '@vllm-cpu/variant/features';
import { levelOf } from '@vllm-cpu/variant/model';
import type { Variant } from '@vllm-cpu/variant/model';
import { singleLevels } from '@vllm-cpu/variant/sums';
import { wheelsImageTargets } from './image-targets.ts';
import { outputs, renamed, target, umbrella } from './target.ts';

type Targets = Record<string, TargetConfiguration>;

/** The targets that concern all wheels of a release. */
export function wheelsTargets(
  variants: readonly Variant[],
  releases: readonly NamedRelease[],
): Targets {
  const platform = hostPlatform() ?? PLATFORMS[0];
  const here = variants.filter((variant) => levelOf(variant, platform));
  const projects = here.map((variant) => `variant-${variant.name}`);
  const singles = singleLevels(here).map((variant) => `variant-${variant.name}`);
  const targets: Targets = {};
  for (const { name, release } of releases) {
    const twins = release.equivalences
      .filter((entry) => entry.platform === platform)
      .flatMap((entry) => [`variant-${entry.variant}`, `variant-${entry.to}`]);
    Object.assign(targets, {
      [`equivalence-${name}`]: target(
        'equivalence',
        `compare the machine code of all variants of ${release.version}`,
        { release: name },
        {
          cache: true,
          dependsOn: [{ projects, target: `build-${name}` }],
          outputs: outputs(name, 'equivalence'),
        },
      ),
      [`recheck-equivalence-${name}`]: target(
        'recheck-equivalence',
        `compile recorded equivalents of ${release.version} and see whether they still are`,
        { release: name },
        {
          cache: false,
          ...(twins.length > 0
            ? { dependsOn: [{ projects: [...new Set(twins)], target: `compile-${name}` }] }
            : {}),
        },
      ),
      [`preflight-${name}`]: target(
        'preflight',
        `read the index for all wheels of ${release.version} before the first upload`,
        { release: name },
        { cache: false, dependsOn: [{ projects, target: `verify-${name}` }] },
      ),
      [`release-${name}`]: target(
        'release',
        `GitHub release of ${release.version} with all wheels`,
        { release: name },
        {
          cache: false,
          dependsOn: [{ projects, target: `publish-${name}`, params: 'forward' }],
        },
      ),
    });
  }
  const active = releases.filter((each) => each.release.active).map((each) => each.name);
  return {
    ...targets,
    ...wheelsImageTargets(singles, releases),
    release: umbrella(
      'GitHub releases of every active release',
      active.map((name) => ({ target: `release-${name}` })),
    ),
    plan: target(
      'plan-wheels',
      'say what building all wheels would do and cost, in one table, and touch nothing',
      {},
      { cache: false },
    ),
    collect: target(
      'collect',
      'collect all wheels of a release in one folder',
      {},
      { cache: false },
    ),
    verify: target('verify-wheels', 'verify prebuilt wheels', {}, { cache: false }),
    publish: target(
      'publish-wheels',
      'upload prebuilt, verified wheels',
      {},
      {
        cache: false,
      },
    ),
    'release-page': target(
      'release-page',
      'create or complete the GitHub releases of prebuilt, verified wheels',
      {},
      { cache: false },
    ),
    'build-verified': target(
      'build-verified',
      'verify, and rebuild a fresh wheel that fails, at most twice',
      {},
      { cache: false },
    ),
    ensure: renamed('ensure', 'build-verified'),
  };
}
