import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { sha256, sha256File } from '@vllm-cpu/system/digest';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { writeAtomically } from '@vllm-cpu/system/files';
import { inspectSdist } from './sdist-archive.ts';
import { upstreamPlace } from './upstream-place.ts';

/** vLLM's name on the package index, which is not this project's. */
export const UPSTREAM_PROJECT = 'vllm';

/** As much of a package index as is read here. */
export interface SdistIndex {
  /** For messages. */
  readonly location: string;
  project(name: string): Promise<{ files: readonly ListedFile[] }>;
  download(file: ListedFile): Promise<Uint8Array>;
}

/** One file as the index lists it (PEP 691). */
export interface ListedFile {
  fileName: string;
  url: string;
  sha256: string | undefined;
  size: number | undefined;
  uploadTime: Date | undefined;
  yanked: boolean;
}

/** Opens the index that pip is configured with. */
export type OpenSdistIndex = () => Promise<SdistIndex>;

export interface PinnedSdist {
  file: string;
  /** Lower-case hexadecimal; undefined while a pin is being written. */
  sha256: string | undefined;
}

export interface SdistSource {
  /** VLLM_CPU_UPSTREAM: where it names source distributions, nothing is downloaded. */
  setting: string | undefined;
  /** Folder of what was downloaded, shared by all tasks. */
  store: string;
  /** The index that pip is configured with; opened only where something has to be downloaded. */
  openIndex: OpenSdistIndex;
  report: (line: string) => void;
}

/**
 * The path of a source distribution whose bytes are the pinned ones: from the place that was set, from
 * an earlier download, or else from the package index.
 * @throws VllmCpuError SDIST_NOT_FOUND, SDIST_DIGEST, SDIST_TRUNCATED, SDIST_DAMAGED, and those of the
 *   index: INDEX_UNREACHABLE, INDEX_REFUSED, PIP_NOT_USABLE
 */
export async function ensureSdist(pin: PinnedSdist, source: SdistSource): Promise<string> {
  const place = upstreamPlace(source.setting);
  if (place?.kind === 'archives') {
    const given = place.files.find((path) => basename(path) === pin.file);
    if (!given || !existsSync(given)) throw notGiven(pin, place.path);
    return checked(given, pin);
  }
  const kept = join(source.store, pin.file);
  if (pin.sha256 && existsSync(kept) && (await sha256File(kept)) === pin.sha256) return kept;
  return download(pin, kept, source);
}

async function download(pin: PinnedSdist, to: string, source: SdistSource): Promise<string> {
  const index = await source.openIndex();
  const { files } = await index.project(UPSTREAM_PROJECT);
  const file = files.find(({ fileName }) => fileName === pin.file);
  if (!file) throw notListed(pin, index.location);
  source.report(`downloading ${pin.file}`);
  const content = await index.download(file);
  const expected = pin.sha256 ?? file.sha256;
  const found = sha256(content);
  if (expected && found !== expected) throw otherBytes(pin.file, index.location, found, expected);
  await writeAtomically(to, content);
  return to;
}

/** A file that somebody gave: cut off is told from other content. */
async function checked(path: string, pin: PinnedSdist): Promise<string> {
  if (!pin.sha256) return path;
  const found = await sha256File(path);
  if (found === pin.sha256) return path;
  await inspectSdist(path);
  throw otherBytes(pin.file, path, found, pin.sha256);
}

function notGiven(pin: PinnedSdist, place: string): VllmCpuError {
  return new VllmCpuError({
    code: 'SDIST_NOT_FOUND',
    what: `${pin.file} not found in ${place}`,
    why: 'VLLM_CPU_UPSTREAM points to source distributions, and the release is pinned to this file.',
    next: `Put ${pin.file} there, or unset VLLM_CPU_UPSTREAM to have it downloaded.`,
  });
}

function notListed(pin: PinnedSdist, location: string): VllmCpuError {
  return new VllmCpuError({
    code: 'SDIST_NOT_FOUND',
    what: `${pin.file} not found on ${location}`,
    why: 'The release is pinned to this source distribution of vLLM.',
    next: 'Configure pip with an index that has it, or set VLLM_CPU_UPSTREAM to the file.',
  });
}

function otherBytes(file: string, place: string, found: string, expected: string): VllmCpuError {
  return new VllmCpuError({
    code: 'SDIST_DIGEST',
    what: `${file} from ${place} does not match the pinned source distribution`,
    why: `Expected SHA-256 ${expected}, found ${found}.`,
    next: 'Do not build it. Find out which file is correct; upstream:pin --force pins the new one.',
  });
}
