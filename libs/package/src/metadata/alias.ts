import { wheelName } from '@vllm-cpu/variant/model';
import type { WheelMember } from '@vllm-cpu/wheel/archive-writer';
import { textMember } from '../members.ts';

/**
 * A second, static .dist-info so that `importlib.metadata.version("vllm")` answers
 * `<version>+cpu`: upstream's CPU detection and its command line ask that. It has no RECORD, so the
 * installer removes it with this wheel and never by itself; INSTALLER tells pip's error whom to ask.
 * It lies in .data/purelib because installers refuse a second .dist-info at the root (PEP 427).
 */
export function aliasMembers(
  distribution: string,
  version: string,
  extras: readonly string[],
): WheelMember[] {
  const folder = `${aliasFolder(distribution, version)}/`;
  return [
    textMember(`${folder}METADATA`, aliasMetadata(distribution, version, extras)),
    textMember(`${folder}INSTALLER`, `${distribution}\n`),
  ];
}

/** The alias's folder in a wheel of `distribution`. */
export function aliasFolder(distribution: string, version: string): string {
  return `${wheelName(distribution)}-${version}.data/purelib/vllm-${version}+cpu.dist-info`;
}

/** Requirements such as `vllm[audio]` lead to the real package's extra. */
function aliasMetadata(distribution: string, version: string, extras: readonly string[]): string {
  const own = `${distribution}==${version}`;
  return [
    'Metadata-Version: 2.1',
    'Name: vllm',
    `Version: ${version}+cpu`,
    `Summary: Provided by ${distribution}`,
    `Requires-Dist: ${own}`,
    ...extras.flatMap((extra) => [
      `Provides-Extra: ${extra}`,
      `Requires-Dist: ${distribution}[${extra}]==${version}; extra == "${extra}"`,
    ]),
    '',
  ].join('\n');
}
