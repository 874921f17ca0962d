import { VllmCpuError } from '@vllm-cpu/system/errors';
import { withArchive } from '@vllm-cpu/wheel/archive-reader';
import type { WheelMember } from '@vllm-cpu/wheel/archive-writer';
import { applySuffix } from '@vllm-cpu/wheel/version';
import { aliasFolder, aliasMembers } from './metadata/alias.ts';
import { GUARD_TABLE, withGuardVersion } from './guard/guard-table.ts';
import { renamedFile, textMember } from './members.ts';
import { readPackagedWheel, rewriteWheel, type OpenedWheel } from './packaged-wheel.ts';
import type { WrittenWheel } from './plan.ts';
import { SBOM_FILE } from './sbom/sbom.ts';
import { withSbomVersion } from './sbom/sbom-facts.ts';
import { VERSION_MODULE, withModuleVersion } from './metadata/version-module.ts';
import { wheelNames } from './work.ts';

export interface RetagRequest {
  /** A packaged wheel, absolute. Never changed. */
  wheel: string;
  /** .postN, .devN, aN, bN or rcN; put to upstream's version, in place of an earlier suffix. */
  suffix: string;
  /** Absolute. */
  outDir: string;
}

/**
 * The same wheel as the next version, without a rebuild: bytes equal to those that packaging with
 * this suffix would have given.
 * @throws VllmCpuError POSTFIX_INVALID, RELABEL_SAME_VERSION, WHEEL_NOT_OURS, ARCHIVE_*
 */
export async function retag(request: RetagRequest): Promise<WrittenWheel> {
  return withArchive(request.wheel, async (archive) => {
    const opened = await readPackagedWheel(archive);
    const { distribution, release, version: from } = opened.origin;
    const version = applySuffix(release, request.suffix);
    if (version === from) throw sameVersion(request.wheel, version);
    const old = wheelNames(distribution, from);
    const fresh = wheelNames(distribution, version);
    const changed = await changedMembers(opened, version);
    const rename = (name: string) => renamedFile(name, old, fresh);
    return rewriteWheel(opened, version, fresh.distInfo, changed, rename, request.outDir);
  });
}

async function changedMembers(
  opened: OpenedWheel,
  version: string,
): Promise<Map<string, WheelMember | undefined>> {
  const { archive, distInfo, metadata, origin } = opened;
  const { distribution } = origin;
  const fresh = wheelNames(distribution, version).distInfo;
  const changed = new Map<string, WheelMember | undefined>();
  const oldAlias = `${aliasFolder(distribution, origin.version)}/`;
  for (const entry of archive.entries) {
    if (entry.name.startsWith(oldAlias)) changed.set(entry.name, undefined);
  }
  for (const member of aliasMembers(distribution, version, metadata.all('Provides-Extra'))) {
    changed.set(member.name, member);
  }
  const set = (name: string, to: string, text: string) => changed.set(name, textMember(to, text));
  set(`${distInfo}/METADATA`, `${fresh}/METADATA`, metadata.set('Version', version).format());
  const sbom = `${distInfo}/${SBOM_FILE}`;
  const materials = withSbomVersion(await archive.readText(sbom), version, sbom);
  set(sbom, `${fresh}/${SBOM_FILE}`, materials);
  const table = withGuardVersion(await archive.readText(GUARD_TABLE), version);
  set(GUARD_TABLE, GUARD_TABLE, table);
  if (archive.find(VERSION_MODULE)) {
    const module = withModuleVersion(await archive.readText(VERSION_MODULE), version);
    set(VERSION_MODULE, VERSION_MODULE, module);
  }
  return changed;
}

function sameVersion(wheel: string, version: string): VllmCpuError {
  return new VllmCpuError({
    code: 'RELABEL_SAME_VERSION',
    what: `${wheel} already has version ${version}`,
    why: 'An index accepts each file name only once, so a new version needs a new suffix.',
    next: 'Use the next free suffix, for example the following .postN.',
  });
}
