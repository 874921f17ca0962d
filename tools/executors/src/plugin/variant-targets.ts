import { compiledVariants } from '@vllm-cpu/sources/catalogue';
import type { NamedRelease } from '@vllm-cpu/sources/catalogue';
import { hostPlatform } from '@vllm-cpu/variant/features';
import { levelOf } from '@vllm-cpu/variant/model';
import type { Variant } from '@vllm-cpu/variant/model';
import { isSum } from '@vllm-cpu/variant/sums';
import { linkedOneDnn } from '@vllm-cpu/sources/onednn-build';
import { BUILD_INPUTS } from './inputs.ts';
import { variantImageTargets } from './image-targets.ts';
import { outputs, renamed, target, umbrella } from './target.ts';
import type { Targets } from './target.ts';
import { oneDnnTarget } from './upstream-targets.ts';

/** The targets of one variant: a chain per pinned release, and umbrellas over the active ones. */
export function variantTargets(
  variant: Variant,
  variants: readonly Variant[],
  releases: readonly NamedRelease[],
): Targets {
  const targets: Targets = {};
  for (const release of releases) {
    Object.assign(
      targets,
      // A sum of levels is made of their compiles.
      isSum(variant) ? {} : compileTarget(variant, release, releases),
      chain(variant, release, variants),
    );
  }
  // On ARM only one variant is built: the umbrellas of the others are empty there, so that a run over
  // all of them does what can be done.
  const platform = hostPlatform();
  const elsewhere = platform !== undefined && !levelOf(variant, platform);
  const active = releases
    .filter(({ release }) => release.active && !elsewhere)
    .map((each) => each.name);
  for (const stage of ['compile', 'build', 'verify', 'publish'] as const) {
    const here = active.map((name) => `${stage}-${name}`).filter((name) => name in targets);
    targets[stage] = umbrella(`${stage} every active release`, here);
  }
  return { ...targets, ...rewriting(variant), ...variantImageTargets(variant, releases, active) };
}

function compileTarget(
  variant: Variant,
  { name, release }: NamedRelease,
  releases: readonly NamedRelease[],
): Targets {
  const platform = hostPlatform() ?? 'linux-x86_64';
  const level = levelOf(variant, platform);
  const oneDnn = level && linkedOneDnn({ release, level, platform }, releases);
  const subject = { variant: variant.name, release: name };
  return {
    [`compile-${name}`]: target('compile', `compile ${release.version}, hermetically`, subject, {
      cache: true,
      // It uses every core by itself.
      parallelism: false,
      ...(oneDnn
        ? {
            // The options reach it too: so does --max-jobs, and a typo is refused before it is built.
            dependsOn: [
              {
                projects: ['upstream'],
                target: oneDnnTarget(oneDnn.name),
                params: 'forward' as const,
              },
            ],
          }
        : {}),
      outputs: outputs(name, 'compile'),
    }),
  };
}

/** build -> verify -> publish of one release. */
function chain(
  variant: Variant,
  { name, release }: NamedRelease,
  variants: readonly Variant[],
): Targets {
  const subject = { variant: variant.name, release: name };
  const platform = hostPlatform() ?? 'linux-x86_64';
  const compiled = compiledVariants(release, variant, platform, variants);
  return {
    [`build-${name}`]: target(
      'build',
      buildDescription(variant, compiled, release.version),
      subject,
      {
        cache: true,
        dependsOn: compiled.includes(variant)
          ? [`compile-${name}`]
          : [{ projects: compiled.map(projectOf), target: `compile-${name}` }],
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
      { dependsOn: [`verify-${name}`] },
    ),
    [`plan-${name}`]: target(
      'plan',
      `say what building ${release.version} would do, and touch nothing`,
      subject,
    ),
  };
}

function buildDescription(variant: Variant, compiled: readonly Variant[], version: string): string {
  if (compiled.includes(variant)) return `make the published wheel of ${version}`;
  const names = compiled.map(projectOf);
  if (isSum(variant))
    return `make the wheel of ${version} from the compiles of ${names.join(', ')}`;
  return `make the wheel of ${version} from ${names.join()}'s compile, which is equivalent`;
}

function projectOf({ name }: Variant): string {
  return `variant-${name}`;
}

/** Commands that make new wheels of existing ones. */
function rewriting(variant: Variant): Targets {
  const subject = { variant: variant.name };
  return {
    retag: target('retag', 'make the next version (--suffix) of existing wheels', subject),
    'update-readme': target(
      'update-readme',
      "put the variant's README into existing wheels",
      subject,
    ),
    'next-suffix': target(
      'next-suffix',
      'print the highest suffix on the index and the next free one',
      subject,
    ),
    relabel: renamed('relabel', 'retag'),
    readme: renamed('readme', 'update-readme'),
    'next-postfix': renamed('next-postfix', 'next-suffix'),
  };
}
