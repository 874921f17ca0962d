import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WheelMember } from '@vllm-cpu/wheel/archive-writer';
import type { WheelTag } from '@vllm-cpu/wheel/file-name';
import { formatWheelMetadata } from '@vllm-cpu/wheel/wheel-metadata';
import { aliasMembers } from './alias.ts';
import { brandedMetadata } from './branded-metadata.ts';
import { withGuardCall } from '../guard/guard-entry.ts';
import { buildGuardHelper, GUARD_HELPER } from '../guard/guard-helper.ts';
import { GUARD_TABLE, guardTable } from '../guard/guard-table.ts';
import { hasLevelModule, LEVEL_MODULE } from '../level-cap.ts';
import { licenceFiles, textMember } from '../members.ts';
import { PACKAGER } from '../sbom/sbom.ts';
import { CPU_GUARD_MODULE, CPU_LEVEL_MODULE } from '../stage-files.ts';
import { VERSION_MODULE, withModuleVersion } from './version-module.ts';
import type { Work } from '../work.ts';

/** The files that this stage writes or changes, but for the bill of materials. */
export async function brandedMembers(work: Work, tag: WheelTag): Promise<WheelMember[]> {
  const { plan, version, wheel, distInfo } = work;
  const { distribution } = plan.variant;
  const metadata = brandedMetadata(wheel.metadata, {
    variant: plan.variant,
    version,
    release: plan.release.version,
    requiresPython: plan.release.source.requiresPython,
    readme: plan.readme,
    equivalentTo: plan.equivalentTo,
    requirements: work.requirements,
    licenceFiles: licenceFiles(wheel),
  });
  const wheelFile = formatWheelMetadata({
    wheelVersion: '1.0',
    generator: `${PACKAGER.name} (${PACKAGER.version})`,
    rootIsPurelib: false,
    build: undefined,
    tags: [tag],
  });
  return [
    textMember(`${distInfo}/METADATA`, metadata.format()),
    textMember(`${distInfo}/WHEEL`, wheelFile),
    ...aliasMembers(distribution, version, metadata.all('Provides-Extra')),
    ...(await versionModule(work)),
    ...(await guardMembers(work)),
  ];
}

async function versionModule(work: Work): Promise<WheelMember[]> {
  if (!work.wheel.files.some((file) => file.name === VERSION_MODULE)) return [];
  const source = await readText(work, VERSION_MODULE);
  return [textMember(VERSION_MODULE, withModuleVersion(source, work.version))];
}

async function guardMembers(work: Work): Promise<WheelMember[]> {
  const { plan, version, runner, folder, tools } = work;
  const init = 'vllm/__init__.py';
  const table = guardTable({
    distribution: plan.variant.distribution,
    version,
    release: plan.release.version,
    platform: plan.platform,
    variants: plan.variants,
    equivalences: plan.release.equivalences,
  });
  const members = [
    textMember(init, withGuardCall(await readText(work, init))),
    textMember('vllm/_cpu_guard.py', await readFile(CPU_GUARD_MODULE, 'utf8')),
    textMember(GUARD_TABLE, table),
    ...(hasLevelModule(plan)
      ? [textMember(LEVEL_MODULE, await readFile(CPU_LEVEL_MODULE, 'utf8'))]
      : []),
  ];
  if (!tools.compiler) return members;
  const helper = await buildGuardHelper(runner, tools.compiler, folder, plan.env);
  return [...members, { name: GUARD_HELPER, executable: true, content: await readFile(helper) }];
}

async function readText(work: Work, name: string): Promise<string> {
  return readFile(join(work.wheel.root, name), 'utf8');
}
