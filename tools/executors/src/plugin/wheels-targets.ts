import type { NamedRelease } from '@vllm-cpu/sources/catalogue';
import { hostPlatform, PLATFORMS } from '@vllm-cpu/variant/features';
import { levelOf } from '@vllm-cpu/variant/model';
import type { Variant } from '@vllm-cpu/variant/model';
import { singleLevels } from '@vllm-cpu/variant/sums';
import { wheelsImageTargets } from './image-targets.ts';
import { outputs, renamed, target, umbrella } from './target.ts';
import type { Targets } from './target.ts';

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
        twins.length > 0
          ? { dependsOn: [{ projects: [...new Set(twins)], target: `compile-${name}` }] }
          : {},
      ),
      [`preflight-${name}`]: target(
        'preflight',
        `read the index for all wheels of ${release.version} before the first upload`,
        { release: name },
        { dependsOn: [{ projects, target: `verify-${name}` }] },
      ),
      [`release-${name}`]: target(
        'release',
        `GitHub release of ${release.version} with all wheels`,
        { release: name },
        { dependsOn: [{ projects, target: `publish-${name}`, params: 'forward' }] },
      ),
    });
  }
  const active = releases.filter((each) => each.release.active).map((each) => each.name);
  return {
    ...targets,
    ...wheelsImageTargets(singles, releases),
    release: umbrella(
      'GitHub releases of every active release',
      active.map((name) => `release-${name}`),
    ),
    plan: target(
      'plan-wheels',
      'say what building all wheels would do and cost, in one table, and touch nothing',
    ),
    collect: target('collect', 'collect all wheels of a release in one folder'),
    verify: target('verify-wheels', 'verify prebuilt wheels'),
    publish: target('publish-wheels', 'upload prebuilt, verified wheels'),
    'release-page': target(
      'release-page',
      'create or complete the GitHub releases of prebuilt, verified wheels',
    ),
    'build-verified': target(
      'build-verified',
      'verify, and rebuild a fresh wheel that fails, at most twice',
    ),
    ensure: renamed('ensure', 'build-verified'),
  };
}
