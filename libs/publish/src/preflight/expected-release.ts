import { platformOf } from '@vllm-cpu/wheel/file-name';
import { hostPlatform } from '@vllm-cpu/variant/features';
import { parseVersion } from '@vllm-cpu/wheel/version';
import type { NamedRelease } from '@vllm-cpu/sources/catalogue';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';

/** The pin that a wheel must agree with. */
export interface ExpectedRelease {
  /** Name of the pin: `0.12.0`, `sample`. */
  name: string;
  /** PEP 440, without a suffix of ours. */
  version: string;
  /** Version of torch for the wheel's platform; null where the release needs none. */
  torch: string | null;
  /** Made from the embedded sample: never leaves this machine. */
  embedded: boolean;
  /** Versions of all pins: a suffix must not make one of them. */
  pinned?: readonly string[];
}

/** The detector: a package of its own version, which belongs to no release of vLLM. */
export const DETECTOR_PROJECT = 'vllm-cpu-detect';

/** Finds the pin of a verified wheel by the version in its report. */
export function expectFrom(
  releases: readonly NamedRelease[],
): (release: string, wheel: PublishableWheel) => ExpectedRelease | undefined {
  return (version, wheel) => {
    if (wheel.project === DETECTOR_PROJECT) {
      return { name: 'cpu-detect', version: wheel.version, torch: null, embedded: false };
    }
    const found = releases.find(
      (candidate) => parseVersion(candidate.release.version).full === parseVersion(version).full,
    );
    if (!found) return undefined;
    const platform = platformOf(wheel.fileName) ?? hostPlatform();
    return {
      name: found.name,
      version: found.release.version,
      torch: platform ? found.release.source.torch[platform] : null,
      embedded: found.release.source.kind === 'embedded',
      pinned: releases.map((each) => each.release.version),
    };
  };
}
