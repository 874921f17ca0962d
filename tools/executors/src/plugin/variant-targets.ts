import type { TargetConfiguration } from '@nx/devkit';
import { equivalentTo } from '@vllm-cpu/sources/catalogue';
import type { NamedRelease } from '@vllm-cpu/sources/catalogue';
import { hostPlatform } from '@vllm-cpu/variant/features';
import { levelOf } from '@vllm-cpu/variant/model';
import type { Variant } from '@vllm-cpu/variant/model';
import { linkedOneDnn } from '@vllm-cpu/sources/onednn-build';
import { BUILD_INPUTS } from './inputs.ts';
import { variantImageTargets } from './image-targets.ts';
import { outputs, renamed, target, umbrella } from './target.ts';
import { oneDnnTarget } from './upstream-targets.ts';

type Targets = Record<string, TargetConfiguration>;

/** The targets of one variant: a chain per pinned release, and umbrellas over the active ones. */
export function variantTargets(variant: Variant, releases: readonly NamedRelease[]): Targets {
  const targets: Targets = {};
  for (const release of releases) {
    Object.assign(targets, chain(variant, release, releases));
  }
  // On ARM only one variant is built: the umbrellas of the others are empty there, so that a run over
  // all of them does what can be done.
  const platform = hostPlatform();
  const elsewhere = platform !== undefined && !levelOf(variant, platform);
  const active = releases
    .filter(({ release }) => release.active && !elsewhere)
    .map((each) => each.name);
  for (const stage of ['compile', 'build', 'verify', 'plan', 'publish'] as const) {
    targets[stage] = umbrella(
      `${stage} every active release`,
      active.map((name) => ({ target: `${stage}-${name}` })),
    );
  }
  return { ...targets, ...rewriting(variant), ...variantImageTargets(variant, releases, active) };
}

/** compile -> build -> verify -> publish of one release; `releases` are all that are pinned. */
function chain(
  variant: Variant,
  { name, release }: NamedRelease,
  releases: readonly NamedRelease[],
): Targets {
  const subject = { variant: variant.name, release: name };
  const platform = hostPlatform() ?? 'linux-x86_64';
  const level = levelOf(variant, platform);
  const oneDnn = level && linkedOneDnn({ release, level, platform }, releases);
  const twin = equivalentTo(release, variant.name, platform);
  const compiled = twin
    ? { projects: [`variant-${twin}`], target: `compile-${name}` }
    : `compile-${name}`;
  return {
    [`compile-${name}`]: target('compile', `compile ${release.version}, hermetically`, subject, {
      cache: true,
      // It uses every core by itself.
      parallelism: false,
      ...(oneDnn
        ? { dependsOn: [{ projects: ['upstream'], target: oneDnnTarget(oneDnn.name) }] }
        : {}),
      outputs: outputs(name, 'compile'),
    }),
    [`build-${name}`]: target(
      'build',
      twin
        ? `make the wheel of ${release.version} from variant-${twin}'s compile, which is equivalent`
        : `make the published wheel of ${release.version}`,
      subject,
      {
        cache: true,
        dependsOn: [compiled],
        inputs: [...BUILD_INPUTS],
        outputs: outputs(name, 'build'),
      },
    ),
    [`verify-${name}`]: target('verify', `verify the wheel of ${release.version}`, subject, {
      cache: true,
      dependsOn: [`build-${name}`],
      inputs: [...BUILD_INPUTS],
      outputs: outputs(name, 'verify'),
    }),
    [`publish-${name}`]: target(
      'publish',
      `upload the verified wheel of ${release.version}`,
      subject,
      {
        cache: false,
        dependsOn: [
          `verify-${name}`,
          { projects: ['wheels'], target: `equivalence-${name}` },
          { projects: ['wheels'], target: `preflight-${name}`, params: 'forward' },
        ],
      },
    ),
    [`infer-${name}`]: target(
      'infer',
      `generate text with the wheel of ${release.version}`,
      subject,
      {
        cache: false,
        dependsOn: [`verify-${name}`],
      },
    ),
    [`plan-${name}`]: target(
      'plan',
      `say what building ${release.version} would do, and touch nothing`,
      subject,
      { cache: false },
    ),
  };
}

/** Commands that make new wheels of existing ones. */
function rewriting(variant: Variant): Targets {
  const subject = { variant: variant.name };
  return {
    retag: target('retag', 'make the next version (--suffix) of existing wheels', subject, {
      cache: false,
    }),
    'update-readme': target(
      'update-readme',
      "put the variant's README into existing wheels",
      subject,
      {
        cache: false,
      },
    ),
    'next-suffix': target(
      'next-suffix',
      'print the highest suffix on the index and the next free one',
      subject,
      { cache: false },
    ),
    relabel: renamed('relabel', 'retag'),
    readme: renamed('readme', 'update-readme'),
    'next-postfix': renamed('next-postfix', 'next-suffix'),
  };
}
