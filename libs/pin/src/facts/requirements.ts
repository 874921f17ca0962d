import { posix } from 'node:path';
import { PLATFORMS } from '@vllm-cpu/variant/features';
import type { Platform } from '@vllm-cpu/variant/features';
import { markerHolds } from '@vllm-cpu/python/markers';
import { parseRequirements } from '@vllm-cpu/python/requirements-file';
import type { Requirement } from '@vllm-cpu/python/requirements-file';
import type { ReleaseFiles } from '../release/release-files.ts';
import { shapeError } from './shape.ts';
import { normalizedVersion } from '../versions/version.ts';

/**
 * The torch version that `requirements/cpu.txt` asks for, by platform and without `+cpu`; null
 * where no line applies.
 * @throws VllmCpuError UPSTREAM_SHAPE, naming `file`.
 */
export function torchVersions(text: string, file: string): Record<Platform, string | null> {
  const lines = parseRequirements(text).filter(({ name }) => name === 'torch');
  const entries = PLATFORMS.map((platform) => [platform, torchOn(platform, lines, file)] as const);
  if (entries.every(([, version]) => version === null)) {
    throw shapeError(file, 'torch==<version> for Linux on x86_64 or aarch64');
  }
  return Object.fromEntries(entries) as Record<Platform, string | null>;
}

function torchOn(platform: Platform, lines: readonly Requirement[], file: string): string | null {
  const applying = lines.filter(({ marker }) => {
    const holds = marker.trim() === '' || markerHolds(marker, platform);
    if (holds === null) {
      throw shapeError(
        file,
        'a torch version that the platform alone decides',
        `Its marker "${marker.trim()}" cannot be decided for ${platform}.`,
      );
    }
    return holds;
  });
  const versions = new Set(applying.map(({ specifier }) => exactVersion(specifier, file)));
  if (versions.size > 1) {
    throw shapeError(
      file,
      `one torch version for ${platform}`,
      `Several lines apply there: ${[...versions].join(', ')}.`,
    );
  }
  return [...versions][0] ?? null;
}

function exactVersion(specifier: string, file: string): string {
  const exact = /^===?\s*([^\s,+]+)(?:\+[\w.]+)?$/.exec(specifier)?.[1];
  const version = exact ? normalizedVersion(exact) : null;
  if (!version) {
    throw shapeError(file, 'torch==<version>', `It asks for torch "${specifier}".`);
  }
  return version;
}

/** A requirement by URL (PEP 508): `name[extra] @ https://...`. */
const REFERENCE = /^([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*@\s*\S/;

/** Normalised names of what `path`, and the files that it includes, require by URL; sorted. */
export async function directReferences(files: ReleaseFiles, path: string): Promise<string[]> {
  const names = new Set<string>();
  for (const line of ((await files.read(path)) ?? '').split(/\r?\n/)) {
    const included = /^\s*-r\s+(\S+)/.exec(line)?.[1];
    if (included) {
      const there = posix.join(posix.dirname(path), included);
      for (const name of await directReferences(files, there)) names.add(name);
    }
    const name = REFERENCE.exec(line.trim())?.[1];
    if (name) names.add(name.toLowerCase().replace(/[-_.]+/g, '-'));
  }
  return [...names].sort();
}
