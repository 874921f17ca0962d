import { VllmCpuError } from '../../system/errors.ts';
import { PLATFORMS, machineOf } from '../../variant/features.ts';
import { levelOf, wheelName } from '../../variant/model.ts';
import { parseWheelFileName } from '../../wheel/file-name.ts';
import { isVersionOf } from '../../publish/next-postfix.ts';
import { parseVersion } from '../../wheel/version.ts';
import type { CompileSubject } from '../../compile/compile-key.ts';
import type { NamedRelease } from '../../sources/catalogue.ts';
import type { Repository } from '../repository.ts';

/**
 * What a wheel from elsewhere is meant to be, by its file name.
 * @throws VllmCpuError WHEEL_NAME_INVALID, WHEEL_NOT_OURS, RELEASE_UNKNOWN
 */
export function handedInSubject(
  fileName: string,
  releaseName: string | undefined,
  { variants, releases }: Pick<Repository, 'variants' | 'releases'>,
): CompileSubject {
  const name = parseWheelFileName(fileName);
  const variant = variants.find(
    ({ distribution }) => wheelName(distribution) === wheelName(name.distribution),
  );
  const platform = PLATFORMS.find((each) => name.tag.platform.endsWith(machineOf(each)));
  const level = variant && platform && levelOf(variant, platform);
  if (!variant || !platform || !level) {
    throw new VllmCpuError({
      code: 'WHEEL_NOT_OURS',
      what: `${fileName} is no wheel of a variant of this repository`,
      why: `The variants are ${variants.map(({ distribution }) => distribution).join(', ')}.`,
      next: 'Look into other wheels with: npx vllm-wheel inspect <wheel>',
    });
  }
  const version = parseVersion(name.version).public;
  const release = releaseName
    ? releases.find((each) => each.name === releaseName)
    : releaseOf(version, releases);
  if (!release) {
    throw new VllmCpuError({
      code: 'RELEASE_UNKNOWN',
      what: `${fileName} belongs to no pinned release`,
      next: `Pin it (npx nx run upstream:pin --releases=${version}) or name its pin with --release.`,
    });
  }
  return { variant, level, platform, releaseName: release.name, release: release.release };
}

/** Upstream has post-releases of its own: 0.8.5.post1 is that release before it is a postfix of 0.8.5. */
function releaseOf(version: string, releases: readonly NamedRelease[]): NamedRelease | undefined {
  return (
    releases.find((each) => parseVersion(each.release.version).public === version) ??
    releases.find((each) => isVersionOf(each.release.version, version))
  );
}
