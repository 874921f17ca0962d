import { VllmCpuError } from '@vllm-cpu/system/errors';
import { levelOf, wheelName } from '@vllm-cpu/variant/model';
import { parseWheelFileName, platformOf } from '@vllm-cpu/wheel/file-name';
import { releaseOfVersion } from '@vllm-cpu/publish/release-of-version';
import { parseVersion } from '@vllm-cpu/wheel/version';
import type { CompileSubject } from '@vllm-cpu/sources/compile-subject';
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
  const platform = platformOf(fileName);
  const level = variant && platform && levelOf(variant, platform);
  if (!variant || !platform || !level) {
    throw new VllmCpuError({
      code: 'WHEEL_NOT_OURS',
      what: `${fileName} is not a wheel of this repository`,
      why: `Its packages: ${variants.map(({ distribution }) => distribution).join(', ')}.`,
      next: 'To examine other wheels: npx vllm-wheel inspect <wheel>',
    });
  }
  const version = parseVersion(name.version).public;
  const release = releaseName
    ? releases.find((each) => each.name === releaseName)
    : releaseOfVersion(version, releases);
  if (!release) {
    throw new VllmCpuError({
      code: 'RELEASE_UNKNOWN',
      what: `no pinned release for ${fileName}`,
      next: `Pin it (npx nx run upstream:pin --releases=${version}), or choose its pin with --release.`,
    });
  }
  return {
    ...{ variant, level, platform, releaseName: release.name, release: release.release },
    // It is never compiled.
    oneDnn: undefined,
  };
}
