import { limitedApiOf } from '@vllm-cpu/sources/limited-api';
import { isVersionOf, parseVersion } from '@vllm-cpu/wheel/version';
import { parseCoreMetadata } from '@vllm-cpu/wheel/core-metadata';
import {
  expandTag,
  formatTag,
  normalizeProjectName,
  parseWheelFileName,
} from '@vllm-cpu/wheel/file-name';
import type { WheelFileName } from '@vllm-cpu/wheel/file-name';
import { parseWheelMetadata } from '@vllm-cpu/wheel/wheel-metadata';
import { machineOf } from '@vllm-cpu/variant/features';
import { wheelName } from '@vllm-cpu/variant/model';
import { parsePlatformTag } from '@vllm-cpu/elf/manylinux-policy';
import { error, judged } from '../check.ts';
import type { Check, Finding } from '../check.ts';
import type { VerifyContext } from '../context.ts';
import { attempt } from '../attempt.ts';

/** File name, METADATA and WHEEL name one and the same distribution, and the expected one. */
export const identityCheck: Check = {
  name: 'identity',
  programs: [],
  run: async (context) => {
    const { facts } = context;
    const findings: Finding[] = [];
    const name = attempt(findings, facts.fileName, () => parseWheelFileName(facts.fileName));
    const [distInfo, ...others] = facts.distInfos;
    if (!distInfo || others.length > 0) {
      const found = facts.distInfos.length === 0 ? 'none' : facts.distInfos.join(', ');
      findings.push(
        error(facts.fileName, `a wheel has exactly one .dist-info folder; found ${found}`),
      );
      return judged(facts.fileName, findings);
    }
    if (name) {
      findings.push(...distInfoName(distInfo, name));
      findings.push(
        ...metadataAgrees(context, distInfo, name),
        ...wheelAgrees(context, distInfo, name),
      );
      findings.push(...isExpected(context, name));
    }
    return judged(name ? `${name.distribution} ${name.version}` : facts.fileName, findings);
  },
};

function distInfoName(distInfo: string, name: WheelFileName): Finding[] {
  const expected = `${name.distribution}-${name.version}.dist-info`;
  if (distInfo === expected) return [];
  const [, project, version] = /^(.+)-([^-]+)\.dist-info$/.exec(distInfo) ?? [];
  const same =
    project !== undefined &&
    version !== undefined &&
    normalizeProjectName(project) === normalizeProjectName(name.distribution) &&
    canonical(version) === canonical(name.version);
  return same ? [] : [error(distInfo, `the file name asks for ${expected}`)];
}

function metadataAgrees(context: VerifyContext, distInfo: string, name: WheelFileName): Finding[] {
  const findings: Finding[] = [];
  const place = `${distInfo}/METADATA`;
  const text = context.facts.texts.get(place);
  if (text === undefined) return [error(place, 'is missing')];
  const metadata = attempt(findings, place, () => parseCoreMetadata(text, place));
  if (!metadata) return findings;
  if (normalizeProjectName(metadata.name) !== normalizeProjectName(name.distribution)) {
    findings.push(
      error(place, `Name is ${metadata.name}, the file name says ${name.distribution}`),
    );
  }
  if (name.distribution !== wheelName(name.distribution)) {
    const normal = wheelName(name.distribution);
    findings.push(error(context.facts.fileName, `the name is not normalised (PEP 503): ${normal}`));
  }
  if (canonical(metadata.version) !== canonical(name.version)) {
    findings.push(
      error(place, `Version is ${metadata.version}, the file name says ${name.version}`),
    );
  }
  return findings;
}

function wheelAgrees(context: VerifyContext, distInfo: string, name: WheelFileName): Finding[] {
  const findings: Finding[] = [];
  const place = `${distInfo}/WHEEL`;
  const text = context.facts.texts.get(place);
  if (text === undefined) return [error(place, 'is missing')];
  const wheel = attempt(findings, place, () => parseWheelMetadata(text, place));
  if (!wheel) return findings;
  const inName = new Set(expandTag(name.tag).map(formatTag));
  const inWheel = new Set(wheel.tags.flatMap(expandTag).map(formatTag));
  for (const tag of inName) {
    if (!inWheel.has(tag))
      findings.push(error(place, `has no Tag ${tag}, which the file name has`));
  }
  for (const tag of inWheel) {
    if (!inName.has(tag)) findings.push(error(place, `Tag ${tag} is not in the file name`));
  }
  if (wheel.rootIsPurelib && context.facts.modules.length > 0) {
    findings.push(error(place, 'Root-Is-Purelib is true, and the wheel holds compiled modules'));
  }
  return findings;
}

function isExpected(context: VerifyContext, name: WheelFileName): Finding[] {
  const { variant, release, platform, facts } = context;
  const findings: Finding[] = [];
  const place = facts.fileName;
  if (variant && normalizeProjectName(name.distribution) !== variant.distribution) {
    findings.push(error(place, `${variant.name} is published as ${variant.distribution}`));
  }
  const expected = context.expectedVersion;
  if (expected !== undefined && canonical(name.version) !== canonical(expected)) {
    findings.push(error(place, `version ${expected} is expected`));
  } else if (
    release &&
    expected === undefined &&
    !isVersionOf(canonical(release.version), canonical(name.version))
  ) {
    findings.push(error(place, `version ${release.version}, or it with a suffix, is expected`));
  }
  const machine = platform && machineOf(platform);
  for (const tag of name.tag.platform.split('.')) {
    const stated = parsePlatformTag(tag)?.machine ?? /^linux_(.+)$/.exec(tag)?.[1];
    if (machine && stated !== machine) findings.push(error(place, `${tag} is not for ${machine}`));
  }
  const limited = limitedApi(context);
  if (limited && (name.tag.abi !== 'abi3' || name.tag.python !== limited)) {
    const found = `${name.tag.python}-${name.tag.abi}`;
    findings.push(error(place, `the pin promises ${limited}-abi3, the file name says ${found}`));
  }
  return findings;
}

/** What the pin says of the modules that are there, as packaging reads it. */
function limitedApi({ release, platform, facts }: VerifyContext): string | null | undefined {
  if (!release || !platform) return release?.source.pyLimitedApi;
  return limitedApiOf(
    release.source,
    platform,
    facts.files.map(({ name }) => name),
  );
}

function canonical(version: string): string {
  try {
    return parseVersion(version).full;
  } catch {
    return version;
  }
}
