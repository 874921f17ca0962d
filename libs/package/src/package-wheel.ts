import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ElfFile } from '@vllm-cpu/elf/elf-file';
import { pinnedOneDnn } from '@vllm-cpu/sources/onednn-build';
import type { ReleaseSource } from '@vllm-cpu/sources/release';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { withTemporaryFolder } from '@vllm-cpu/system/temporary-folder';
import { machineOf, type Platform } from '@vllm-cpu/variant/features';
import { levelOf } from '@vllm-cpu/variant/model';
import { writeWheel, type WheelMember } from '@vllm-cpu/wheel/archive-writer';
import { formatTag, formatWheelFileName } from '@vllm-cpu/wheel/file-name';
import { applySuffix, parseVersion } from '@vllm-cpu/wheel/version';
import { brandedMembers } from './metadata/branded-members.ts';
import { containsOneDnn, honestTag, readElfs, stripDebugSymbols } from './libraries/elf-modules.ts';
import { capQuestions } from './level-cap.ts';
import { renamedMembers, textMember } from './members.ts';
import type { PackagedWheel, PackagePlan, VendoredLibrary } from './plan.ts';
import { publicRequirements } from './metadata/requirements.ts';
import { formatSbom, SBOM_FILE, type SbomFacts } from './sbom/sbom.ts';
import { addLevels } from './sum-of-levels.ts';
import { findTools } from './tools.ts';
import { unpackWheel, type UnpackedWheel } from './unpacked-wheel.ts';
import { vendorLibraries } from './libraries/vendored-libraries.ts';
import { wheelNames, type PackageContext, type Work } from './work.ts';

/**
 * Turns upstream's compiled wheel into the variant's published one. Afterwards `outDir` has exactly
 * that wheel; on failure it stays as it was. The same plan gives the same bytes wherever the tools
 * are the same.
 * @throws VllmCpuError
 */
export async function packageWheel(
  plan: PackagePlan,
  context: PackageContext,
): Promise<PackagedWheel> {
  const version = applySuffix(plan.release.version, plan.suffix);
  if (!levelOf(plan.variant, plan.platform)) throw notOnPlatform(plan);
  const tools = await findTools(plan.platform, plan.env, context.runner);
  return withTemporaryFolder(join(plan.workDir, 'package-'), async (folder) => {
    context.report(`unpacking ${basename(plan.compiledWheel)}`);
    const wheel = await unpackWheel(plan.compiledWheel, join(folder, 'wheel'));
    checkVersion(plan, wheel);
    const { higherLevels: higher = [] } = plan;
    const [lowest] = levelOf(plan.variant, plan.platform)?.levels ?? [];
    if (lowest) await addLevels({ level: lowest, wheel }, higher, folder);
    const { wheelName, distInfo } = wheelNames(plan.variant.distribution, version);
    const requirements = publicRequirements(
      wheel.metadata.all('Requires-Dist'),
      plan.release.source.directReferences,
    );
    const work = { ...context, plan, version, wheelName, distInfo, tools, wheel, folder };
    return brand({ ...work, requirements });
  });
}

async function brand(work: Work): Promise<PackagedWheel> {
  const { plan, version, wheel, distInfo } = work;
  const { distribution } = plan.variant;
  await capQuestions(work);
  await stripDebugSymbols(work);
  const vendored = await vendorLibraries(wheel, {
    folder: `${work.wheelName}.libs`,
    machine: machineOf(plan.platform),
    libraryDirs: plan.libraryDirs ?? [],
    tools: work.tools,
    runner: work.runner,
    env: plan.env,
  });
  for (const { soname, path } of vendored) work.report(`vendored ${soname} as ${path}`);
  const elfs = await readElfs(work);
  const tag = honestTag(work, elfs);
  const branded = [...(await brandedMembers(work, tag)), sbomMember(work, elfs, vendored)];
  const replaced = new Set(branded.map((member) => member.name));
  const kept = renamedMembers(wheel, wheelNames(distribution, version), replaced);
  const fileName = formatWheelFileName(distribution, version, tag);
  work.report(`writing ${fileName}`);
  const path = join(plan.outDir, fileName);
  const written = await writeWheel(path, [...kept, ...branded], distInfo, plan.sourceDateEpoch);
  await removeOtherWheels(plan.outDir, fileName);
  return { ...written, fileName, distribution, version, tag: formatTag(tag), vendored };
}

function sbomMember(
  work: Work,
  elfs: readonly ElfFile[],
  vendored: readonly VendoredLibrary[],
): WheelMember {
  const { plan } = work;
  const { source, version: release } = plan.release;
  const text = formatSbom({
    distribution: plan.variant.distribution,
    version: work.version,
    variant: plan.variant.name,
    platform: plan.platform,
    release,
    repository: source.repository,
    commit: source.commit,
    sdist: source.sdist,
    ...(containsOneDnn(elfs) ? linkedOneDnn(source, plan.platform) : {}),
    torch: plan.builtWithTorch ?? source.torch[plan.platform],
    vendored,
    droppedRequirements: work.requirements.dropped,
    equivalentTo: plan.equivalentTo,
    levels: levelOf(plan.variant, plan.platform)?.levels,
    sourceDateEpoch: plan.sourceDateEpoch,
  });
  return textMember(`${work.distInfo}/${SBOM_FILE}`, text);
}

/** The oneDNN of a platform, and what it is linked with there. */
function linkedOneDnn(
  source: ReleaseSource,
  platform: Platform,
): Pick<SbomFacts, 'oneDnn' | 'acl'> {
  const oneDnn = pinnedOneDnn(source, platform) ?? undefined;
  return platform === 'linux-aarch64' && source.oneDnnAarch64
    ? { oneDnn, acl: source.acl }
    : { oneDnn };
}

/** A wheel of another suffix or tag in the same folder would make two where one is promised. */
async function removeOtherWheels(folder: string, keep: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.endsWith('.whl') && name !== keep) await rm(join(folder, name));
  }
}

/** The compiled wheel must be the pinned release: setuptools-scm invents versions without a tag. */
function checkVersion(plan: PackagePlan, wheel: UnpackedWheel): void {
  const pinned = parseVersion(plan.release.version).public;
  if (wheel.version.public === pinned) return;
  throw new VllmCpuError({
    code: 'COMPILED_VERSION_DIFFERS',
    what: `${plan.compiledWheel} has version ${wheel.version.full}, but the pin is ${pinned}`,
    why: 'Upstream takes its version from the git tag, which this tree does not have.',
    next: 'Compile this release again.',
  });
}

function notOnPlatform(plan: PackagePlan): VllmCpuError {
  return new VllmCpuError({
    code: 'VARIANT_NOT_ON_PLATFORM',
    what: `${plan.variant.distribution} is not built for ${plan.platform}`,
    why: `Platforms in its variant.json: ${Object.keys(plan.variant.platforms).join(' and ')}.`,
    next: 'Choose another variant, or add the platform to variant.json.',
  });
}
