import { basename, join, resolve } from 'node:path';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import type { Archive } from '@vllm-cpu/wheel/archive-reader';
import { writeWheel, type WheelMember } from '@vllm-cpu/wheel/archive-writer';
import { parseCoreMetadata, type CoreMetadata } from '@vllm-cpu/wheel/core-metadata';
import { formatTag, formatWheelFileName, parseWheelFileName } from '@vllm-cpu/wheel/file-name';
import type { WheelTag } from '@vllm-cpu/wheel/file-name';
import type { WrittenWheel } from './plan.ts';
import { SBOM_FILE } from './sbom/sbom.ts';
import { readOrigin, type WheelOrigin } from './sbom/sbom-facts.ts';
import { theDistInfo } from './unpacked-wheel.ts';

/** An existing wheel that this stage packaged, opened. */
export interface OpenedWheel {
  archive: Archive;
  distInfo: string;
  tag: WheelTag;
  metadata: CoreMetadata;
  origin: WheelOrigin;
}

/** @throws VllmCpuError WHEEL_NAME_INVALID, WHEEL_NOT_OURS, METADATA_INVALID, SBOM_FOREIGN */
export async function readPackagedWheel(archive: Archive): Promise<OpenedWheel> {
  const { tag } = parseWheelFileName(basename(archive.path));
  const distInfo = theDistInfo(archive);
  const sbom = `${distInfo}/${SBOM_FILE}`;
  if (!archive.find(sbom)) {
    throw new VllmCpuError({
      code: 'WHEEL_NOT_OURS',
      what: `${archive.path} was not packaged by this program`,
      why: `It has no ${sbom}, which records its release and variant.`,
      next: 'Use a wheel from the build target, or a published one.',
    });
  }
  const metadata = parseCoreMetadata(await archive.readText(`${distInfo}/METADATA`));
  const origin = readOrigin(await archive.readText(sbom), sbom);
  return { archive, distInfo, tag, metadata, origin };
}

/**
 * Writes the wheel anew: entries named in `changed` (old name to new member) are replaced, all
 * others copied as they are compressed, below `rename(name)`. The input is never touched.
 * @throws VllmCpuError OUTPUT_IS_INPUT
 */
export async function rewriteWheel(
  opened: OpenedWheel,
  version: string,
  distInfo: string,
  changed: ReadonlyMap<string, WheelMember | undefined>,
  rename: (name: string) => string,
  outDir: string,
): Promise<WrittenWheel> {
  const { archive, origin, tag } = opened;
  const { distribution, sourceDateEpoch } = origin;
  const fileName = formatWheelFileName(distribution, version, tag);
  const path = join(outDir, fileName);
  if (resolve(path) === resolve(archive.path)) {
    throw new VllmCpuError({
      code: 'OUTPUT_IS_INPUT',
      what: `refusing to overwrite the input ${path}`,
      why: 'Its verification report describes the existing file.',
      next: 'Choose another directory: --to=<directory>.',
    });
  }
  const kept = archive.entries.filter(
    (entry) =>
      !entry.isDirectory && entry.name !== `${opened.distInfo}/RECORD` && !changed.has(entry.name),
  );
  const members: WheelMember[] = kept.map((entry) => ({
    name: rename(entry.name),
    executable: (entry.mode & 0o100) !== 0,
    content: { archive, entry },
  }));
  const fresh = [...changed.values()].filter((member) => member !== undefined);
  const written = await writeWheel(path, [...members, ...fresh], distInfo, sourceDateEpoch);
  return { ...written, fileName, distribution, version, tag: formatTag(tag) };
}
