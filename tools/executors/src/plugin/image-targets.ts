import type { NamedRelease } from '@vllm-cpu/sources/catalogue';
import type { Variant } from '@vllm-cpu/variant/model';
import { isSum } from '@vllm-cpu/variant/sums';
import { IMAGE_INPUTS } from './inputs.ts';
import { outputs, target, umbrella } from './target.ts';
import type { Targets } from './target.ts';

/**
 * The targets of one variant that have to do with containers; `active` releases are in the umbrella. An
 * image is made for the CPUs of one level, so there is none of a sum.
 */
export function variantImageTargets(
  variant: Variant,
  releases: readonly NamedRelease[],
  active: readonly string[],
): Targets {
  const targets: Targets = {};
  const detector = { projects: ['cpu-detect'], target: 'build' };
  for (const { name, release } of releases) {
    const subject = { variant: variant.name, release: name };
    // Two at once would build the layers that they share twice, and then not share them.
    const alone = { parallelism: false };
    targets[`build-container-${name}`] = target(
      'build-container',
      `build the wheel of ${release.version} in a manylinux container (--platform)`,
      subject,
      alone,
    );
    if (isSum(variant)) continue;
    targets[`image-${name}`] = target(
      'image',
      `container image of the verified wheel of ${release.version}`,
      subject,
      {
        ...alone,
        dependsOn: [`verify-${name}`, detector],
        inputs: [...IMAGE_INPUTS],
        outputs: outputs(name, 'image'),
      },
    );
    targets[`image-published-${name}`] = target(
      'image',
      `container image of the published wheel of ${release.version} (--from, --suffix)`,
      { ...subject, from: 'pypi' },
      { ...alone, dependsOn: [detector] },
    );
  }
  if (isSum(variant)) return targets;
  targets['image'] = umbrella(
    'images of every active release',
    active.map((name) => `image-${name}`),
  );
  return targets;
}

/** The targets that push images; `projects` are those of the variants that are built here. */
export function wheelsImageTargets(
  projects: readonly string[],
  releases: readonly NamedRelease[],
): Targets {
  const targets: Targets = {};
  for (const { name, release } of releases) {
    targets[`push-images-${name}`] = target(
      'push-images',
      `push the images of ${release.version} to every registry`,
      { release: name },
      { dependsOn: [{ projects: [...projects], target: `image-${name}` }] },
    );
  }
  return {
    ...targets,
    'push-images': target('push-images', 'push images from other machines (--images)'),
  };
}
